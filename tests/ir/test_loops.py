"""Loops through time: which nodes they have, their order, types of carried values, text and JSON."""

import pytest

from spikegraph.base.errors import InputError
from spikegraph.dsl.source import Span
from spikegraph.ir.graph import Graph
from spikegraph.ir.json import JsonError, from_json, to_json
from spikegraph.ir.lifetimes import schedule
from spikegraph.ir.loops import carried_sizes, components, in_loops
from spikegraph.ir.ops.convolution import Conv
from spikegraph.ir.ops.recurrent import Previous
from spikegraph.ir.ops.resizing import Upsample
from spikegraph.ir.ops.wiring import Add, Identity, Input
from spikegraph.ir.text import print_graph
from spikegraph.ir.text_parser import TextError, parse_graph
from spikegraph.ir.type_rules import GraphError
from spikegraph.ir.types import Kind, Value
from spikegraph.ir.verify import VerifyError, verify

HERE = Span("net.sdhs", 1, 1, 1, 2)
REAL = Previous(kind=Kind.REAL, channels=4, size=(6, 5))


@pytest.fixture
def graph():
    """Two loops that share a node, a loop of its own, a delay, and what is before and behind them."""
    graph = Graph("net")

    def add(name, op, *operands):
        graph.add(name, op, operands, HERE)

    add("x", Input(kind=Kind.REAL, channels=4, size=(6, 5)))
    add("s", Identity(), "x")
    add("pb", REAL)
    add("pc", REAL)
    add("a", Add(), "s", "pb", "pc")
    add("side", Identity(), "a")
    add("late", Identity(), "x")
    add("b", Add(), "a", "late")
    add("c", Identity(), "b")
    add("pd", REAL)
    add("d", Add(), "c", "pd")
    add("delay", REAL)
    add("y", Add(), "d", "delay", "side")
    graph.outputs["y"] = "y"
    graph.carried |= {"pb": "b", "pc": "c", "pd": "d", "delay": "x"}
    return graph


def test_loops(graph):
    verify(graph)
    assert in_loops(graph) == {**dict.fromkeys(["pb", "pc", "a", "b", "c"], 0), "pd": 1, "d": 1}


def test_each_step_is_behind_what_it_needs(graph):
    steps = schedule(graph, ("y",))
    names = [tuple(node.name for node in step.nodes) for step in steps]
    assert {n for n, step in zip(names, steps, strict=True) if step.loop} == {("pb", "pc", "a", "b", "c"), ("pd", "d")}
    place = {name: i for i, group in enumerate(names) for name in group}
    assert set(place) == {node.name for node in graph}
    for name, at in place.items():
        assert all(place[source] <= at for source in graph.sources(name))
    freed = {name: i for i, step in enumerate(steps) for name in step.free}
    for name in place:
        users = [place[n] for n in place if name in graph.sources(n)]
        assert freed.get(name) == (max(users) if users else None)


def test_a_known_value_opens_its_loop(graph):
    steps = schedule(graph, ("y",), given=("b",))
    assert [step.nodes[0].name for step in steps if step.loop] == ["pd"]
    assert components(graph, given=("b", "d"))[-1] == ["y"]


def test_what_depends_on_what_through_time(graph):
    assert graph.ancestors(["pb"]) == {"pb", "b", "a", "s", "x", "pc", "c", "late"}
    assert graph.descendants(["c"]) == {"c", "pc", "a", "side", "b", "pb", "d", "pd", "y"}
    assert graph.uses("b") == 2 and graph.uses("x") == 3


def test_a_long_loop_needs_no_recursion():
    graph = Graph("net")
    graph.add("x", Input(kind=Kind.REAL, channels=4, size=(6, 5)), (), HERE)
    graph.add("p", REAL, (), HERE)
    last = graph.add("n", Add(), ("x", "p"), HERE)
    for i in range(5000):
        last = graph.add(f"n{i}", Identity(), (last,), HERE)
    graph.carried["p"] = last
    assert len(in_loops(graph)) == 5002


def test_rewriting_infers_the_types_of_carried_values_again(graph):
    def rule(node, operands, out):
        return out.change(node, operands, Conv(kernel=3, out=4)) if node.name == "s" else out.keep(node, operands)

    assert graph.rewrite(lambda node, operands, out: out.keep(node, operands)) == graph
    spikes = Graph("net")
    spikes.add("x", Input(kind=Kind.SPIKE, channels=4, size=(6, 5)), (), HERE)
    spikes.add("p", Previous(kind=Kind.SPIKE, channels=4, size=(6, 5)), (), HERE)
    spikes.add("s", Identity(), ("x",), HERE)
    spikes.add("y", Identity(), ("s",), HERE)
    spikes.add("z", Add(), ("y", "p"), HERE)
    spikes.carried["p"] = "y"
    made = spikes.rewrite(rule)
    assert [str(made.node(name).value) for name in ("p", "z")] == ["real[4, 6, 5]", "real[4, 6, 5]"]


@pytest.mark.parametrize("count", [8, 9, 20])
def test_types_go_through_any_number_of_delays(count):
    graph = Graph("net")
    last = graph.add("x", Input(kind=Kind.SPIKE, channels=4, size=(6, 5)), (), HERE)
    for i in range(count):
        graph.add(f"d{i}", REAL, (), HERE)
        graph.carried[f"d{i}"], last = last, f"d{i}"
    assert str(graph.settled().node(last).value) == "spike[4, 6, 5]"


def test_a_type_that_grows_is_an_error():
    graph = Graph("net")
    graph.add("x", Input(kind=Kind.SPIKE, channels=4, size=(6, 5)), (), HERE)
    graph.add("p", Previous(kind=Kind.SPIKE, channels=4, size=(6, 5)), (), HERE)
    graph.add("a", Add(), ("x", "p"), HERE)
    graph.carried["p"] = "a"
    with pytest.raises(GraphError, match=r"the type of a grows at each step, from count\(10\)\[4, 6, 5\] to count\(11\)"):
        graph.settled()


def test_sizes_of_carried_values_follow_the_inputs(graph):
    assert carried_sizes(graph, {"x": (9, 8)}) == dict.fromkeys(["pb", "pc", "pd", "delay"], (9, 8))


def test_sizes_go_through_a_loop_of_many_carried_values():
    graph = Graph("net")
    graph.add("x", Input(kind=Kind.REAL, channels=4, size=(6, 5)), (), HERE)
    graph.add("p0", REAL, (), HERE)
    last = graph.add("n0", Add(), ("x", "p0"), HERE)
    for i in range(1, 12):  # each of the nodes has what the next one had
        graph.add(f"p{i}", REAL, (), HERE)
        graph.add(f"n{i}", Identity(), (f"p{i}",), HERE)
        graph.carried[f"p{i - 1}"] = f"n{i}"
    graph.carried["p11"] = last
    assert carried_sizes(graph, {"x": (9, 8)}) == dict.fromkeys([f"p{i}" for i in range(12)], (9, 8))


def test_sizes_that_do_not_follow_are_refused():
    graph = Graph("net")
    graph.add("x", Input(kind=Kind.REAL, channels=4, size=(8, 8)), (), HERE)
    graph.add("p", Previous(kind=Kind.REAL, channels=4, size=(8, 8)), (), HERE)
    graph.add("half", Conv(kernel=3, out=4, stride=2), ("p",), HERE)
    graph.add("whole", Upsample(), ("half",), HERE)
    graph.carried["p"] = graph.add("a", Add(), ("x", "whole"), HERE)
    assert carried_sizes(graph, {"x": (5, 9)}) == {"p": (5, 9)}
    with pytest.raises(InputError, match=r"^the size of `p`, a value of the step before, doesn't follow .*, `x` \[6, 6\]$"):
        carried_sizes(graph, {"x": (6, 6)})  # half of 6 is 3, which becomes 5


def test_text_and_json(graph):
    text = print_graph(graph)
    assert text.splitlines()[-4:] == ["carried pb = b", "carried pc = c", "carried pd = d", "carried delay = x"]
    assert parse_graph(text) == graph
    assert to_json(graph)["carried"] == {"pb": "b", "pc": "c", "pd": "d", "delay": "x"}
    assert from_json(to_json(graph)) == graph
    other = from_json(to_json(graph))
    other.carried["pd"] = "c"
    assert other != graph


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"pd": "nowhere"}, "carried pd: node nowhere is missing"),
        ({"nowhere": "d"}, "carried nowhere: node nowhere is missing"),
        ({"pd": None}, "pd: its source at the step before is missing"),
        ({"s": "d"}, "s: its source at the step before is missing"),
    ],
)
def test_what_is_missing_is_an_error(graph, change, wrong):
    for name, source in change.items():
        if source is None:
            del graph.carried[name]
        else:
            graph.carried[name] = source
    with pytest.raises(VerifyError, match=wrong):
        verify(graph)
    with pytest.raises(JsonError, match=wrong):
        from_json(to_json(graph))
    with pytest.raises(TextError, match=wrong):
        parse_graph(print_graph(graph))


def test_another_type_than_the_source_is_an_error(graph):
    graph.add("odd", Previous.of(Value(Kind.SPIKE, 4, (6, 5))), (), HERE)
    graph.carried["odd"] = "d"
    with pytest.raises(VerifyError, match=r"odd is spike\[4, 6, 5\], but d, its source, is real\[4, 6, 5\]"):
        verify(graph)
