"""The check between passes: each rule is violated once."""

from dataclasses import replace

import pytest

from spikegraph.dsl.source import Span
from spikegraph.ir.cellspec import CandidateSpec, CellSpec, EdgeStage, KeptEdge
from spikegraph.ir.graph import Graph
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import OPS
from spikegraph.ir.ops.activation import Relu
from spikegraph.ir.ops.cells import Cell
from spikegraph.ir.ops.convolution import Conv, Linear
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.stage import Stage
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Kind, Value
from spikegraph.ir.verify import VerifyError, verify

AT = Span("a.sdhs", 4, 2, 4, 9)
CELL = CellSpec(
    name="c",
    inputs=("prev2", "prev"),
    nodes=1,
    candidates=(CandidateSpec(name="skip", stages=(EdgeStage(op="identity"),)),),
    neuron=Neuron(),
    edges=(("n0", ("prev2", "prev")),),
)
OPERATIONS = {
    "trellis": {"trellis": "t", "cell": CELL, "layers": 1, "levels": 2},
    "mix": {"cell": "c", "edge": 0},
    "route": {"trellis": "t", "layer": 0, "level": 0, "levels": 1, "sources": [0]},
    "cell": {"cell": CELL, "width": 1},
    "stem": {"kernel": 3, "out": 2, "neuron": Neuron()},
    "restore": {"neuron": Neuron()},
    "project": {},
    "subpixel": {},
    "auxiliary": {"classes": 2, "neuron": Neuron()},
    "fit": {},
    "relu": {},
    "gather": {},
}


@pytest.fixture
def graph():
    made = Graph("net", Stage.LOWERED)
    made.add("x", Input(kind=Kind.SPIKE, channels=2, size=(4, 4)), (), AT)
    made.add("y", Relu(), ("x",), AT)
    made.outputs["y"] = "y"
    return made


def broken(graph, name, **changes):
    """Replaces a node without the checks of `add`."""
    graph._nodes[name] = replace(graph.node(name), **changes)
    return graph


def complaint(graph):
    with pytest.raises(VerifyError) as told:
        verify(graph)
    return str(told.value).splitlines()


def test_sound(graph):
    verify(graph)
    assert len(graph) == 2


@pytest.mark.parametrize("op", ["trellis", "mix", "route"])
def test_open_choices_in_a_derived_graph(op):
    made = OPS[op].model_validate(OPERATIONS[op])
    assert made.allowed_at(Stage.DERIVED) == f"`{op}` is not allowed at stage derived"
    assert made.allowed_at(Stage.SPACE) is None


@pytest.mark.parametrize("op", ["trellis", "cell", "stem", "restore", "subpixel", "auxiliary", "project", "fit"])
def test_composite_operations_in_a_lowered_graph(op):
    made = OPS[op].model_validate(OPERATIONS[op])
    assert made.allowed_at(Stage.LOWERED) == f"`{op}` must be expanded before stage lowered"
    assert made.allowed_at(Stage.SPACE) is None


def test_a_composite_operation_of_another_package():
    class Block(Relu):
        name = "block"  # type: ignore[misc]
        traits = Traits(expanded_by="expand-blocks")  # type: ignore[misc]

    assert Block().allowed_at(Stage.LOWERED) == "`block` must be expanded before stage lowered"
    assert Block().allowed_at(Stage.DERIVED) is None


def test_an_open_cell_in_a_derived_graph():
    cell = Cell(cell=CELL, width=1)
    assert cell.allowed_at(Stage.DERIVED) == "a cell without a genotype is not allowed at stage derived"
    bound = Cell(cell=CELL, width=1, genotype=(KeptEdge(node="n0", operation="skip", source="prev"),))
    assert bound.allowed_at(Stage.DERIVED) is None


def test_an_operation_that_is_illegal(graph):
    broken(graph, "y", op=OPS["stem"].model_validate(OPERATIONS["stem"]))
    assert complaint(graph) == ["y (a.sdhs:4:2): `stem` must be expanded before stage lowered"]


def test_a_number_of_operands(graph):
    broken(graph, "y", operands=("x", "x"))
    assert complaint(graph) == ["y (a.sdhs:4:2): `relu` has 2 operands"]
    broken(graph, "y", op=OPS["add"](), operands=())
    assert complaint(graph) == ["y (a.sdhs:4:2): `add` has 0 operands"]


def test_an_operand_that_is_not_there(graph):
    broken(graph, "y", operands=("z",))
    assert complaint(graph) == ["y (a.sdhs:4:2): operand z is missing"]


def test_a_type_that_the_rule_does_not_give(graph):
    broken(graph, "x", op=Input(kind=Kind.SPIKE, channels=3, size=(4, 4)))
    assert complaint(graph) == ["y (a.sdhs:4:2): its type does not follow from its operands"]


def test_operands_that_the_rule_refuses():
    graph = Graph("net", Stage.LOWERED)
    graph.add("x", Input(kind=Kind.SPIKE, channels=2, size=()), (), AT)
    graph.add("y", Linear(out=2), ("x",), AT)
    broken(graph, "x", op=Input(kind=Kind.SPIKE, channels=2, size=(4, 4)))
    assert complaint(graph) == ["y (a.sdhs:4:2): `linear` needs a value without spatial axes, not spike[2, 4, 4]"]


def test_a_node_has_the_type_that_its_rule_gives(graph):
    node = graph.node("y")
    assert replace(node, op=Conv(kernel=3, out=5, stride=2)).value == Value(Kind.REAL, 5, (2, 2))
    with pytest.raises(TypeRuleError, match="`linear` needs a value without spatial axes"):
        replace(node, op=Linear(out=2))


def test_outputs_and_taps_that_are_not_there(graph):
    graph.outputs["z"] = "nowhere"
    graph.taps["side"] = "elsewhere"
    assert complaint(graph) == ["output z: node nowhere is missing", "tap side: node elsewhere is missing"]


def test_all_problems_are_reported_at_once(graph):
    broken(graph, "x", op=Input(kind=Kind.SPIKE, channels=3, size=(4, 4)))
    graph.outputs["z"] = "nowhere"
    assert len(complaint(graph)) == 2
