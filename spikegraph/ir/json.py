"""Conversion of graphs to JSON and back; `docs/graph.schema.json` is the schema."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from spikegraph.dsl.source import Span
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import OPS
from spikegraph.ir.path import Path, Step
from spikegraph.ir.stage import Stage
from spikegraph.ir.types import Kind, Value
from spikegraph.ir.verify import carried_problems

SCHEMA_VERSION = 2


class JsonError(ValueError):
    """The JSON data are not a graph of this schema."""


class Strict(BaseModel):
    """A part of the data; unknown keys and other types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True)


class StepData(Strict):
    """One step of a node's path: `label[index]@use`."""

    label: str
    index: str = ""
    use: str = ""


class TypeData(Strict):
    """The type of a node's result."""

    kind: Literal["spike", "count", "events", "real"]
    channels: int
    size: list[int]
    bound: int
    levels: int
    steps: bool


class SpanData(Strict):
    """A source location; lines and columns start at 1."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class NodeData(Strict):
    """An operation. `name` is its path as text; `params` holds every parameter; `weights` shapes by weights and tensor."""

    name: str
    path: list[StepData]
    op: str
    params: dict[str, Any]
    operands: list[str]
    weights: dict[str, dict[str, list[int]]]
    type: TypeData
    notes: dict[str, str | int | float | bool]
    span: SpanData


class GraphData(Strict):
    """A typed dataflow graph; its nodes are in an executable order. `carried` is left out where it is empty."""

    schema_version: Literal[2]
    name: str
    stage: Literal["space", "derived", "lowered"]
    time: int | None
    neurons: dict[str, dict[str, Any]]
    nodes: list[NodeData]
    outputs: dict[str, str]
    taps: dict[str, str]
    carried: dict[str, str] = {}


def to_json(graph: Graph) -> dict[str, Any]:
    """Converts a graph to plain JSON types; every parameter is written, defaults too."""
    return {
        "schema_version": SCHEMA_VERSION,
        "name": graph.name,
        "stage": str(graph.stage),
        "time": graph.time,
        "neurons": {k: n.model_dump(mode="json") for k, n in graph.neurons.items()},
        "nodes": [_node(node).model_dump() for node in graph],
        "outputs": dict(graph.outputs),
        "taps": dict(graph.taps),
        **({"carried": dict(graph.carried)} if graph.carried else {}),
    }


def _node(node: Node) -> NodeData:
    """A node as data."""
    s = node.span
    return NodeData(
        name=node.name,
        path=[StepData(label=step.label, index=step.index, use=step.use) for step in node.path.steps],
        op=node.op.name,
        params=node.op.model_dump(mode="json"),
        operands=list(node.operands),
        weights={name: {k: list(v) for k, v in shapes.items()} for name, shapes in node.leaves.items()},
        type=_type(node.value),
        notes=dict(node.notes),
        span=SpanData(file=s.file, line=s.line, column=s.column, end_line=s.end_line, end_column=s.end_column),
    )


def _type(v: Value) -> TypeData:
    """A type as data."""
    kinds: dict[Kind, Literal["spike", "count", "events", "real"]]
    kinds = {Kind.SPIKE: "spike", Kind.COUNT: "count", Kind.EVENTS: "events", Kind.REAL: "real"}
    return TypeData(kind=kinds[v.kind], channels=v.channels, size=list(v.size), bound=v.bound, levels=v.levels, steps=v.steps)


def from_json(data: dict[str, Any]) -> Graph:
    """Converts the output of `to_json` back to a graph; types and weights are inferred again, and must be those of the data.

    Raises:
        JsonError: The schema version or an operation is unknown, or the data have another structure, types or weights.
        GraphError: An operation does not accept its operands.
    """
    if data.get("schema_version") != SCHEMA_VERSION:
        hint = "; `spikegraph upgrade FILE` converts it" if data.get("schema_version") in range(SCHEMA_VERSION) else ""
        raise JsonError(f"schema version {data.get('schema_version')!r} isn't {SCHEMA_VERSION}{hint}")
    try:
        return _graph(GraphData.model_validate(data))
    except ValidationError as error:
        first = error.errors()[0]
        raise JsonError(f"not a graph: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (KeyError, ValueError) as error:
        raise error if isinstance(error, JsonError) else JsonError(f"not a graph: {error}") from error


def _graph(data: GraphData) -> Graph:
    """Converts data of this schema version."""
    neurons = {k: Neuron.model_validate(n) for k, n in data.neurons.items()}
    graph = Graph(data.name, Stage(data.stage), data.time, neurons)
    for node in data.nodes:
        if node.op not in OPS:
            raise JsonError(f"{node.name}: no operation is called `{node.op}`; a plug-in may be missing")
        path = Path(tuple(Step(s.label, s.index, s.use) for s in node.path))
        op, span = OPS[node.op].model_validate(node.params), Span(**node.span.model_dump())
        made = _node(graph.node(graph.add(path, op, tuple(node.operands), span, node.notes)))
        for key in ("name", "type", "weights"):
            if getattr(made, key) != getattr(node, key):
                raise JsonError(f"{made.name}: `{key}` is {getattr(node, key)}, but the operation gives {getattr(made, key)}")
    for name in (*data.outputs.values(), *data.taps.values()):
        if name not in graph:
            raise JsonError(f"the output {name} isn't a node")
    graph.outputs.update(data.outputs)
    graph.taps.update(data.taps)
    graph.carried.update(data.carried)
    for problem in carried_problems(graph):
        raise JsonError(problem)
    return graph
