"""Passes in any legal order: each order runs, and ends in a graph without composite operations."""

from spikegraph.generate import Drawn, Wanted, legal_order, random_spec, seeded
from spikegraph.ir.stage import Stage
from spikegraph.passes.pipeline import parse
from spikegraph.program.program import Program


def test_orders_are_legal_and_differ():
    orders = set()
    for seed in range(12):
        draw = seeded(f"orders {seed}")
        program = Program.of_text(random_spec(draw, Wanted(decided=1)).text, "random.sdhs").checked()
        for phase in ("search", "deploy"):
            built = program.build(phase)
            text = legal_order(draw, built.passes, built.space)
            assert sorted(p.name for p in parse(text)) == sorted(p.name for p in built.passes)
            assert program.build(phase, passes=text).graph.stage is Stage.LOWERED
            orders.add(text)
    assert len(orders) > 12


def test_the_simplest_order_is_that_of_the_phase():
    program = Program.of_text(random_spec(seeded(1), Wanted(cells=0, trellises=0)).text, "random.sdhs").checked()
    built = program.build("search")
    assert legal_order(Drawn(), built.passes, built.space) == ",".join(map(str, built.passes))
