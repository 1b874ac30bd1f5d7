"""The graph's canonical text and JSON: round trips for every operation and every stage of the specs."""

import json
from pathlib import Path

import pytest
from operation_parameters import NEURON, OPERANDS, PARAMETERS

from spikegraph.dsl.source import Span
from spikegraph.ir.graph import Graph, GraphError
from spikegraph.ir.json import JsonError, from_json, to_json
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import OPS
from spikegraph.ir.stage import Stage
from spikegraph.ir.text import VERSION, print_graph, show
from spikegraph.ir.text_parser import TextError, parse_graph, read
from spikegraph.ir.types import Kind
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[2] / "specs"
STEREO, PUBLISHED = SPECS / "stereo.sdhs", SPECS / "genotypes" / "stereo.sdhs"
AT = Span("dir with space/a @ b.sdhs", 4, 2, 5, 9)


def same(graph):
    """Round trips through text and JSON give an equal graph."""
    text = print_graph(graph)
    assert parse_graph(text) == graph
    assert print_graph(parse_graph(text)) == text
    data = json.loads(json.dumps(to_json(graph)))
    assert from_json(data) == graph
    assert to_json(from_json(data)) == data
    return True


@pytest.fixture(scope="module")
def stereo():
    return {phase: Program.read(STEREO, genotype=PUBLISHED).build(phase) for phase in ("search", "retrain", "deploy")}


@pytest.mark.parametrize(
    ("phase", "stage"),
    [("search", Stage.SPACE), ("retrain", Stage.DERIVED), ("retrain", Stage.LOWERED), ("deploy", Stage.LOWERED)],
)
def test_the_stereo_network(stereo, phase, stage):
    built = stereo[phase]
    graph = {Stage.SPACE: built.space, Stage.DERIVED: built.outline, Stage.LOWERED: built.plain}[stage]
    assert graph.stage is stage
    assert same(graph)


def test_the_stereo_supernet(stereo):
    graph = stereo["search"].graph
    assert graph.stage is Stage.LOWERED
    assert parse_graph(print_graph(graph)) == graph
    assert from_json(to_json(graph)) == graph


def test_spans_lie_in_the_spec(stereo):
    lines = {str(p): p.read_text(encoding="utf-8").splitlines() for p in (STEREO, SPECS / "lib" / "spikedhs.sdhs")}
    for built in stereo.values():
        for graph in (built.space, built.outline, built.plain):
            for n in graph:
                text = lines[n.span.file]
                assert 1 <= n.span.line <= n.span.end_line <= len(text)
                assert n.span.column < n.span.end_column <= len(text[n.span.end_line - 1]) + 1


@pytest.mark.parametrize(
    "name",
    sorted(
        n for n, op in OPS.items() if op.__module__.startswith("spikegraph.ir.ops.") and n[:4] not in ("wide", "fan", "part")
    ),
)
def test_every_operation(name):
    graph = Graph("net", time=3, neurons={"lif": Neuron(), "other": NEURON})
    for made, kind, channels, size in (
        ("x", Kind.SPIKE, 4, (6, 8)),
        ("flat", Kind.REAL, 4, ()),
        ("volume", Kind.REAL, 1, (3, 3, 4)),
        ("map", Kind.REAL, 1, (6, 8)),
        ("times", Kind.REAL, 7, (4,)),
    ):
        graph.add(made, OPS["input"].model_validate({"kind": kind, "channels": channels, "size": size}), (), AT)
    once = {"kind": Kind.REAL, "channels": 4, "size": (6, 8), "steps": False}
    graph.add("once", OPS["input"].model_validate(once), (), AT)
    if name != "input":
        op = OPS[name].model_validate(PARAMETERS.get(name, {}))
        graph.add("out", op, OPERANDS.get(name, ("x",)), AT, {"dgs": "all stems", "eps": 1e-05, "sparse": True})
        graph.outputs["y"] = "out"
        graph.carried |= {"out": "x"} if name == "previous" else {}
    graph.taps["side"] = "x"
    assert same(graph)


def test_the_form(golden):
    graph = Graph("net", Stage.LOWERED, 2, {"lif": Neuron(), "soft": NEURON})
    graph.add("x", OPS["input"].model_validate({"kind": "events", "channels": 2, "size": [4, 4]}), (), AT)
    graph.add("a.conv", OPS["conv"].model_validate({"kernel": 3, "out": 1}), ("x",), AT, {"folded": "a norm", "eps": 0.5})
    graph.add("a", OPS["lif"].model_validate({"neuron": NEURON}), ("a.conv",), AT)
    graph.add("y", OPS["pool"](), ("a",), AT)
    graph.outputs["y"] = "y"
    graph.taps["side"] = "a"
    golden(print_graph(graph), ".txt")
    golden(json.dumps(to_json(graph), indent=2) + "\n", ".json")


NUMBERS = [0, -3, 1.5, -0.25, 1e-05, 1e300]
WORDS = ["word", "two words", 'quo"te', "back\\slash", "true", "none", "3", ""]
NESTED = [[], [None], [1, [2.5, []]], {}, {"a": None, "b_2": {"c": ["x", True]}}]


@pytest.mark.parametrize("value", [*NUMBERS, True, False, None, *WORDS, *NESTED])
def test_values(value):
    assert read(show(value)) == value
    assert type(read(show(value))) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 2: expected `graph NAME at STAGE`"),
        ("\n\n", "line 2: expected `graph NAME at STAGE`"),
        ("grph net at space\n", "line 2: malformed line: 'grph net at space'"),
        ("graph net at moon\n", "line 2: 'moon' is not a valid Stage"),
        (
            "graph net at space\nx = nothing() : real[1] @ a:1:1-1:2\n",
            "line 3: no operation is called `nothing`; a plug-in may be missing",
        ),
        ("graph net at space\n\ny = relu(x) : real[1] @ a:1:1-1:2\n", "line 4: 'x'"),
        ("graph net at space\noutput y\n", "line 3: malformed line: 'output y'"),
        ("graph net at space\noutput y = y\n", "the output y isn't a node"),
        ("graph net at space\nx = relu() : real[1]\n", "line 3: malformed line: 'x = relu() : real[1]'"),
        (
            "graph net at space\nx = input() {kind=real, channels=1, size=[2]} : real[1, 3] @ a:1:1-1:2\n",
            "line 3: the type of x is real[1, 2], not real[1, 3]",
        ),
    ],
)
def test_no_graphs_text(text, message):
    with pytest.raises(TextError) as told:
        parse_graph(f"{VERSION}\n{text}")
    assert str(told.value) == message


@pytest.mark.parametrize("text", ["", "graph net at space\n", "# spikegraph graph, version 1\ngraph net at space\n"])
def test_text_of_another_version(text):
    with pytest.raises(
        TextError, match=r"^line 1: expected `# spikegraph graph, version 2`; `spikegraph upgrade FILE` converts older files$"
    ):
        parse_graph(text)


@pytest.mark.parametrize("record", ["{kind=real, channels=0, size=[1]}", "{kind=real, channels=[, size=[1]}", "{chanels=1}"])
def test_parameters_that_an_operation_refuses(record):
    with pytest.raises(TextError, match=r"^line 3: "):
        parse_graph(f"{VERSION}\ngraph net at space\nx = input() {record} : real[1] @ a:1:1-1:2\n")


def test_operands_that_an_operation_refuses():
    text = f"{VERSION}\ngraph net at space\nx = input() {{kind=real, channels=1, size=[2]}} : real[1, 2] @ a:1:1-1:2\n"
    with pytest.raises(GraphError, match=r"a:3:1: `linear` needs a value without spatial axes"):
        parse_graph(text + "y = linear(x) {out=1} : real[1] @ a:3:1-3:2\n")


def test_names_that_are_words_of_the_text():
    graph = Graph("net")
    for name in ("neuron", "output", "tap", "graph"):
        graph.add(name, OPS["input"].model_validate({"kind": "real", "channels": 1, "size": [2, 2]}), (), AT)
        graph.outputs[name] = name
    assert same(graph)


def change(**changes):
    def changed(data):
        return {**data, **changes}

    return changed


def node(**changes):
    return lambda data: {**data, "nodes": [{**data["nodes"][0], **changes}]}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (change(schema_version=1), "schema version 1 isn't 2; `spikegraph upgrade FILE` converts it"),
        (lambda d: {k: v for k, v in d.items() if k != "schema_version"}, "schema version None isn't 2"),
        (lambda d: {k: v for k, v in d.items() if k != "nodes"}, "not a graph: nodes: Field required"),
        (
            lambda d: change(nodes=[{**d["nodes"][0], "op": "nothing"}])(d),
            "x: no operation is called `nothing`; a plug-in may be missing",
        ),
        (node(span={"file": "a"}), None),
        (node(params={}), None),
        (change(neurons={"lif": {"decay": 2}}), None),
        (
            lambda d: change(nodes=[{**d["nodes"][0], "weights": {"x": {"weight": [1]}}}])(d),
            "x: `weights` is {'x': {'weight': [1]}}, but the operation gives {}",
        ),
        (node(name="y"), "x: `name` is y, but the operation gives x"),
        (change(outputs={"y": "z"}), "the output z isn't a node"),
        (change(extra=1), "not a graph: extra: Extra inputs are not permitted"),
    ],
)
def test_no_graphs_json(changed, message):
    graph = Graph("net")
    graph.add("x", OPS["input"].model_validate({"kind": "real", "channels": 1, "size": [2, 2]}), (), AT)
    with pytest.raises(JsonError) as told:
        from_json(changed(to_json(graph)))
    assert str(told.value).startswith("not a graph: ") if message is None else str(told.value) == message


def test_json_is_a_copy():
    graph = Graph("net", outputs={"y": "x"})
    to_json(graph)["outputs"]["z"] = "other"
    assert graph.outputs == {"y": "x"}
