"""Conversion of graphs to JSON and back."""

from dataclasses import asdict
from typing import Any

from pydantic import ValidationError

from spikegraph.dsl.source import Span
from spikegraph.ir.graph import Graph
from spikegraph.ir.legality import Stage
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import OPS

SCHEMA_VERSION = 1


class JsonError(ValueError):
    """The JSON data are not a graph of this schema."""


def to_json(graph: Graph) -> dict[str, Any]:
    """Converts a graph to plain JSON types; every parameter is written, defaults too."""
    return {
        "schema_version": SCHEMA_VERSION,
        "name": graph.name,
        "stage": str(graph.stage),
        "time": graph.time,
        "neurons": {k: n.model_dump(mode="json") for k, n in graph.neurons.items()},
        "nodes": [
            {
                "name": node.name,
                "op": node.op.name,
                "params": node.op.model_dump(mode="json"),
                "operands": list(node.operands),
                "weights": {k: list(v) for k, v in node.op.weights(*graph.values(node)).items()},
                "type": {**asdict(node.value), "kind": str(node.value.kind), "size": list(node.value.size)},
                "span": asdict(node.span),
            }
            for node in graph
        ],
        "outputs": dict(graph.outputs),
        "taps": dict(graph.taps),
    }


def from_json(data: dict[str, Any]) -> Graph:
    """Converts the output of `to_json` back to a graph; types are inferred again.

    Raises:
        JsonError: The schema version or an operation is unknown, or the data have another structure.
        GraphError: An operation does not accept its operands.
    """
    if data.get("schema_version") != SCHEMA_VERSION:
        raise JsonError(f"schema version {data.get('schema_version')!r} isn't {SCHEMA_VERSION}")
    try:
        return _graph(data)
    except KeyError as error:
        raise JsonError(f"{error} is missing") from error
    except (TypeError, ValidationError) as error:
        raise JsonError(f"not a graph: {error}") from error


def _graph(data: dict[str, Any]) -> Graph:
    """Converts data of this schema version."""
    neurons = {k: Neuron.model_validate(n) for k, n in data["neurons"].items()}
    graph = Graph(data["name"], Stage(data["stage"]), data["time"], neurons)
    for node in data["nodes"]:
        if node["op"] not in OPS:
            raise JsonError(f"no operation is called `{node['op']}`")
        op = OPS[node["op"]].model_validate(node["params"])
        graph.add(node["name"], op, tuple(node["operands"]), Span(**node["span"]))
    graph.outputs.update(data["outputs"])
    graph.taps.update(data["taps"])
    return graph
