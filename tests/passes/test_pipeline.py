"""Pipelines: printing, parsing, running in any order, and errors."""

import itertools

import pytest

from spikegraph.base.errors import PassError
from spikegraph.dsl.resolve import resolve
from spikegraph.genotype.bindings import kept_edges, paths
from spikegraph.ir.graph import Graph, GraphError
from spikegraph.ir.stage import Stage
from spikegraph.ir.verify import VerifyError, verify
from spikegraph.passes.base import Pass
from spikegraph.passes.bind_genotype import BindGenotype
from spikegraph.passes.convert_stems import ConvertStems
from spikegraph.passes.mix import MixAt
from spikegraph.passes.phase_pipelines import default_pipeline
from spikegraph.passes.pipeline import checked, parse, run, show
from spikegraph.passes.properties import expanded
from spikegraph.passes.prune import Prune
from spikegraph.passes.registry import PASSES
from spikegraph.program.program import Program

HINT = "(or load its plug-in: --plugin FILE.py)"

NETWORK = """
trellis walk { cell = small  layers = 2  levels = 2 }
network net {
  input x : real[3, 4, 4]
  stem  = x -> stem(3, out = 2)
  cells = stem -> walk
  output y = cells -> restore(stem)
}
genotype small { n0 = c3(prev2) + skip(prev) }
path walk = [1, 0]
"""


@pytest.mark.parametrize("phase", ["search", "retrain", "deploy"])
def test_the_phases_pipelines_are_read_as_they_are_printed(phase):
    made = default_pipeline(phase, stems="lif", mix="membrane", genotypes={"c": ()}, paths={"p": (0,)})
    assert parse(show(made), made) == made


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", ()),
        ("  ", ()),
        ("prune", (Prune(),)),
        (" mix{ at = spike } , prune{losses=false}", (MixAt(at="spike"), Prune(losses=False))),
        ("convert-stems{to=lif},convert-stems", (ConvertStems(to="lif"), ConvertStems(to="relu"))),
        ("mix{}", (MixAt(),)),
    ],
)
def test_read(text, passes):
    assert parse(text) == passes
    assert parse(show(passes)) == passes


def test_shown_with_every_option():
    assert show((BindGenotype(), MixAt(), Prune())) == "bind-genotype,mix{at=membrane},prune{losses=true}"


def test_options_that_cant_be_written_are_taken_from_the_given_pass():
    given = BindGenotype({"cell": ()}, {"walk": (0, 1)})
    assert parse("prune,bind-genotype", (given,)) == (Prune(), given)


@pytest.mark.parametrize(
    ("text", "code", "summary", "help"),
    [
        ("prun", "SG0601", "no pass is called `prun`", f"did you mean `prune`? {HINT}"),
        ("xyz", "SG0601", "no pass is called `xyz`", f"`spikegraph passes` lists them {HINT}"),
        ("prune,", "SG0603", "`` is not a pass", "such as `bind-genotype,mix{at=membrane},prune`"),
        ("Prune", "SG0603", "`Prune` is not a pass", "such as `bind-genotype,mix{at=membrane},prune`"),
        ("mix{at=spike", "SG0603", "`mix{at=spike` is not a pass", "such as `bind-genotype,mix{at=membrane},prune`"),
        ("mix{ta=spike}", "SG0602", "pass `mix` has no option `ta=spike`", "it has `at`"),
        ("mix{at}", "SG0602", "`at` of pass `mix` has no value", "write `at=...`"),
        ("expand-cells{x=1}", "SG0602", "pass `expand-cells` has no option `x=1`", "it has no options"),
        ("mix{at=spikes}", "SG0602", "`at` of pass `mix` can't be `spikes`", "did you mean `spike`?"),
        ("prune{losses=no}", "SG0602", "`losses` of pass `prune` must be true or false, not `no`", None),
        ("bind-genotype{paths=x}", "SG0602", "pass `bind-genotype` has no option `paths=x`", "it has no options"),
    ],
)
def test_wrong(text, code, summary, help):
    with pytest.raises(PassError) as told:
        parse(text)
    assert (told.value.code, told.value.summary) == (code, summary)
    assert told.value.help == help


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("expand-cells,mix,prune,widen", "expand-cells,mix{at=membrane}"),
        ("prune,instrument-dgs{at=a},widen", "prune{losses=true},instrument-dgs{at=a}"),
        ("prune,fold-norm", ""),
        ("", ""),
    ],
)
def test_a_check_ends_with_the_last_pass_that_may_refuse(text, left):
    assert show(checked(parse(text))) == left


def test_a_graph_without_anything_to_take_apart_is_lowered(small):
    made = small(NETWORK, nodes=1)
    stages: list[tuple[str, Stage]] = []
    run(
        parse("bind-genotype,expand-cells,expand-layers,insert-resize", (BindGenotype(*chosen(made)),)),
        made.space,
        lambda p, g: stages.append((p.name, g.stage)),
    )
    assert stages == [
        ("bind-genotype", Stage.DERIVED),
        ("expand-cells", Stage.DERIVED),
        ("expand-layers", Stage.DERIVED),
        ("insert-resize", Stage.LOWERED),
    ]


def chosen(made):
    spec = resolve(made.path).spec
    return kept_edges(spec), paths(spec)


def test_any_order_gives_a_valid_graph_or_an_error(small):
    made = small(NETWORK, nodes=1, candidates="c3 skip")
    bind, space, kinds = BindGenotype(*chosen(made)), made.space, list(PASSES.values())
    sound = 0
    for order in itertools.permutations([k for k in kinds if k.name != "instrument-dgs"], 3):
        graph = space
        for kind in order:
            try:
                graph = run((bind if kind is BindGenotype else kind(),), graph)
            except (PassError, GraphError) as error:
                assert str(error)
                assert kind.refuses or kind.requires
                break
        else:
            verify(graph)
            sound += 1
    assert sound > 300


def test_passes_leave_their_input_as_it_is(small):
    made = small(NETWORK, nodes=1)
    graph = made.space
    text = "convert-stems,bind-genotype,expand-cells,mix,expand-layers,insert-resize,prune,fold-norm"
    for p in parse(text, (BindGenotype(*chosen(made)),)):
        again = Graph(graph.name, graph.stage, graph.time, graph.neurons, dict(graph.outputs))
        for n in graph:
            again.add(n.name, n.op, n.operands, n.span)
        after = run((p,), graph)
        assert graph == again
        graph = after


def test_a_pass_that_breaks_the_graph_is_found(small):
    class Broken(Pass):
        name = "broken"

        def apply(self, graph: Graph) -> Graph:
            out = graph.like()
            out.outputs = {"y": "nowhere"}
            return out

    with pytest.raises(VerifyError, match="output y: node nowhere is missing"):
        run((Broken(),), small(NETWORK, nodes=1).space)


class Rename(Pass):
    """Gives an output of the graph that it gets another node, in place."""

    name = "rename"

    def apply(self, graph: Graph) -> Graph:
        graph.outputs["y"] = "nowhere"
        return graph


class Same(Pass):
    """Makes the same graph again."""

    name = "same"

    def apply(self, graph: Graph) -> Graph:
        return graph.rewrite(lambda node, operands, out: out.keep(node, operands))


class Again(Same):
    """Makes an equal graph of new nodes."""

    name = "again"

    def apply(self, graph: Graph) -> Graph:
        return graph.rewrite(lambda node, operands, out: out.change(node, operands))


class Careful(Pass):
    """Returns its graph itself."""

    name = "careful"

    def apply(self, graph: Graph) -> Graph:
        return graph


def test_only_a_graph_that_changed_is_verified_again(small, monkeypatch):
    verified: list[Graph] = []

    def counted(graph: Graph) -> None:
        verified.append(graph)
        verify(graph)

    monkeypatch.setattr("spikegraph.passes.pipeline.verify", counted)
    space = small(NETWORK, nodes=1).space
    verified.clear()
    run((Same(), Same(), Careful(), Again(), Same()), space)
    assert len(verified) == 2  # what the spec says, and the equal graph of new nodes
    with pytest.raises(VerifyError, match="output y: node nowhere is missing"):
        run((Same(), Rename()), space)
    assert len(verified) == 4


def test_every_node_keeps_the_text_that_it_came_from(small):
    made = small(NETWORK, nodes=1, candidates="c3 skip")
    lines = made.path.read_text(encoding="utf-8").splitlines()
    told: dict[str, str] = {}

    def look(_: Pass, graph: Graph) -> None:
        for node in graph:
            s = node.span
            assert (s.file, s.line) == ("small.sdhs", s.end_line)
            told[node.name.partition(".")[0].partition("[")[0]] = lines[s.line - 1][s.column - 1 : s.end_column - 1]

    for phase in ("search", "deploy"):
        Program.read(made.path).build(phase, after=look)
    assert told == {"x": "x", "stem": "stem(3, out = 2)", "cells": "walk", "y": "restore(stem)"}


def test_an_option_that_is_given_twice():
    with pytest.raises(PassError) as told:
        parse("prune{losses=true,losses=false}")
    assert (told.value.summary, told.value.code) == ("`losses` of pass `prune` is given twice", "SG0602")
    assert told.value.help == "leave one of them out"


@pytest.mark.parametrize(
    ("text", "summary", "help"),
    [
        ("fuse", "pass `fuse` needs a graph with no composite operation: `stem` stem is not expanded", "`expand-layers`"),
        (
            "expand-cells,expand-layers,insert-resize,widen,fuse,fold-norm",
            "pass `fold-norm` needs a graph with no joined operation: `norm_lif` stem joins several",
            "put `fold-norm` before `widen` and `fuse`",
        ),
    ],
)
def test_a_pass_in_the_wrong_place(small, text, summary, help):
    network = "network net {\n  input x : real[3, 4, 4]\n  output stem = x -> stem(3, out = 2)\n}\n"
    with pytest.raises(PassError) as told:
        run(parse(text), small(network).space)
    assert told.value.summary == summary
    assert help in str(told.value.help)


class Careless(Prune):
    """Returns its graph unchanged, and promises more."""

    name = "careless"  # type: ignore[misc]
    ensures = (expanded("expand-layers"),)

    def apply(self, graph):
        return graph


def test_a_pass_that_breaks_its_promise(small):
    network = "network net {\n  input x : real[3, 4, 4]\n  output stem = x -> stem(3, out = 2)\n}\n"
    with pytest.raises(VerifyError, match=r"^pass `careless` must leave nothing for `expand-layers` to expand, "):
        run((Careless(),), small(network).space)
