"""The graph: adding, rewriting, comparing."""

import pytest

from spikegraph.dsl.source import Span
from spikegraph.ir.arity import arity
from spikegraph.ir.graph import Graph, GraphError
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import OPS, Op, register
from spikegraph.ir.ops.activation import Relu
from spikegraph.ir.ops.convolution import Conv, Linear
from spikegraph.ir.ops.wiring import Add, Input
from spikegraph.ir.path import Path
from spikegraph.ir.types import Kind, Value

AT = Span("a.sdhs", 4, 2, 4, 9)


def keep(node, operands, out):
    return out.keep(node, operands)


@pytest.fixture
def graph():
    made = Graph("net", neurons={"lif": Neuron()})
    made.add("x", Input(kind=Kind.SPIKE, channels=2, size=(4, 4)), (), AT)
    made.add("a", Conv(kernel=3, out=2), ("x",), AT)
    made.add("y", Add(), ("a", "a", "x"), AT)
    made.outputs["y"] = "y"
    made.taps["side"] = "a"
    return made


def test_nodes_and_edges(graph):
    assert [n.name for n in graph] == ["x", "a", "y"]
    assert (len(graph), "a" in graph, "b" in graph) == (3, True, False)
    assert graph.node("y").operands == ("a", "a", "x")
    assert [n.name for n in graph.users("a")] == ["y"]
    # Twice as an operand and once by a loss.
    assert [graph.uses(n) for n in ("x", "a", "y")] == [2, 3, 1]
    edges = graph.networkx().edges(data=True, keys=True)
    assert [(u, v, k, str(d["value"])) for u, v, k, d in edges] == [
        ("x", "a", 0, "spike[2, 4, 4]"),
        ("x", "y", 2, "spike[2, 4, 4]"),
        ("a", "y", 0, "real[2, 4, 4]"),
        ("a", "y", 1, "real[2, 4, 4]"),
    ]
    assert list(graph.inputs()) == ["x"]


def test_a_copy_for_other_programs_is_a_copy(graph):
    graph.networkx().remove_node("y")
    assert "y" in graph


def test_what_cant_be_added(graph):
    with pytest.raises(ValueError, match="the graph already has a node a"):
        graph.add("a", Relu(), ("x",), AT)
    with pytest.raises(KeyError, match="nothing"):
        graph.add("b", Relu(), ("nothing",), AT)
    with pytest.raises(GraphError) as told:
        graph.add("b", Linear(out=3), ("a",), AT)
    assert str(told.value) == "a.sdhs:4:2: `linear` needs a value without spatial axes, not real[2, 4, 4] (at b)"
    assert (told.value.cause.code, told.value.name, told.value.span) == ("SG0305", "b", AT)
    assert "b" not in graph


def test_a_rewrite_that_changes_nothing(graph):
    again = graph.rewrite(keep)
    assert again == graph
    assert again is not graph


def test_a_rewrite_infers_types_anew_and_follows_names(graph):
    def rule(node, operands, out):
        if node.name == "a":
            return operands[0]
        return out.add("y2", node.op, operands, node.span) if node.name == "y" else out.keep(node, operands)

    after = graph.rewrite(rule)
    assert [(n.name, n.operands, str(n.value)) for n in after] == [
        ("x", (), "spike[2, 4, 4]"),
        ("y2", ("x", "x", "x"), "count(3)[2, 4, 4]"),
    ]
    assert (after.outputs, after.taps) == ({"y": "y2"}, {"side": "x"})
    assert len(graph) == 3


def test_a_kept_node_is_inferred_anew_where_its_operands_changed(graph):
    def widened(node, operands, out):
        if node.name == "a":
            return out.add("a", Conv(kernel=3, out=2, stride=2), operands, AT)
        return out.keep(node, operands)

    graph.add("b", Relu(), ("a",), AT)
    same = graph.rewrite(keep)
    assert same.node("b") is graph.node("b")
    with pytest.raises(GraphError, match="operands of equal channels and sizes"):
        graph.rewrite(widened)
    other = Graph("net")
    other.add("x", Input(kind=Kind.SPIKE, channels=5, size=(4, 4)), (), AT)
    assert str(other.node(other.keep(graph.node("b"), ("x",))).value) == "real[5, 4, 4]"
    with pytest.raises(ValueError, match="the graph already has a node b"):
        other.keep(graph.node("b"), ("x",))


@pytest.mark.parametrize(
    "change",
    [
        lambda g: setattr(g, "name", "other"),
        lambda g: setattr(g, "time", 3),
        lambda g: setattr(g, "neurons", {}),
        lambda g: g.outputs.update(z="a"),
        lambda g: g.taps.clear(),
        lambda g: g.add("z", Relu(), ("a",), AT),
    ],
)
def test_equality_looks_at_everything(graph, change):
    other = graph.rewrite(keep)
    change(other)
    assert other != graph
    assert graph != "graph"


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("features@left.stem0.conv", "features.stem0.conv"),
        ("cells[1,0]@2.n0.prev_2.c3.conv", "cells[1,0].n0.prev_2.c3.conv"),
        ("a@b.c@d", "a.c"),
        ("plain", "plain"),
    ],
)
def test_the_name_of_the_weights(name, weights):
    assert Path.read(name).weights == weights
    assert str(Path.read(name)) == name
    assert [Path.read(name).text_at(index) for index in ("0", "")] == [str(Path.read(name).at(index)) for index in ("0", "")]


def test_operations_are_registered_once():
    assert [arity(OPS[n]) for n in ("input", "relu", "resize", "add", "cell")] == [(0, 0), (1, 1), (2, 2), (1, None), (3, 3)]

    class Other(Op):
        name = "relu"  # type: ignore[misc]

        def infer(self, *operands: Value) -> Value:
            return operands[0]

    with pytest.raises(ValueError, match="operation `relu` is already registered by spikegraph"):
        register(Other)
    assert OPS["relu"] is Relu


def test_operations_are_frozen_and_know_their_fields():
    from pydantic import ValidationError

    with pytest.raises(ValidationError, match="frozen"):
        Conv(kernel=3, out=2).kernel = 5  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs"):
        Conv.model_validate({"kernel": 3, "depth": 2})
    assert Conv.choices("kernel") == ()
    assert OPS["pool"].choices("kind") == ("global", "max", "avg")
    assert OPS["conv"].parameters()["kernel"] is ...
    assert OPS["conv"].parameters()["stride"] == 1


def test_an_operation_infers_once_for_the_same_types(graph, monkeypatch):
    asked = []
    infer = Conv.infer
    monkeypatch.setattr(Conv, "infer", lambda self, x: asked.append(x) or infer(self, x))
    conv = Conv(kernel=3, out=5, stride=2)
    values = [graph.node(graph.add(name, conv, (source,), AT)).value for name, source in (("p", "x"), ("q", "x"), ("r", "a"))]
    assert [str(value) for value in values] == ["real[5, 2, 2]"] * 3
    assert [str(x) for x in asked] == ["spike[2, 4, 4]", "real[2, 4, 4]"]


def test_what_another_operation_inferred_is_not_taken(graph):
    """A copied graph knows identities of operations that others may have by then."""
    other = Conv(kernel=3, out=7)
    ((_, values), known) = next(item for item in graph._known.items() if isinstance(item[1].op, Conv))
    graph._known[id(other), values] = known
    assert str(graph.node(graph.add("b", other, ("x",), AT)).value) == "real[7, 4, 4]"
