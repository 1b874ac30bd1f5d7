"""A graph as JSON for other programs, and back."""

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
    """JSON that is no graph of this schema."""


def to_json(graph: Graph) -> dict[str, Any]:
    """The graph in plain JSON types; every parameter is written out."""
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
    """The graph that `to_json` gave `data` for; types are inferred anew.

    Raises:
        JsonError: Another schema version, an operation that isn't there, or data of another form.
        GraphError: An operation doesn't fit its operands.
    """
    if data.get("schema_version") != SCHEMA_VERSION:
        raise JsonError(f"schema version {data.get('schema_version')!r} isn't {SCHEMA_VERSION}")
    try:
        return _graph(data)
    except KeyError as error:
        raise JsonError(f"there is no {error}") from error
    except (TypeError, ValidationError) as error:
        raise JsonError(f"not of the form of a graph: {error}") from error


def _graph(data: dict[str, Any]) -> Graph:
    """The graph of data of this schema."""
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
