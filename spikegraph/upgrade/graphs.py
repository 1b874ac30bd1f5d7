"""Graphs as JSON and as text, of version 1.

In version 1 an operation had what passes note on it among its parameters: `folded`, `eps` and `sparse` of convolutions, `dgs`
of neurons. JSON had no paths, and the shapes of weights without the names that they belong to; text had no first line with
the version.
"""

from collections.abc import Mapping
from typing import Any

from lark.exceptions import LarkError

from spikegraph.dsl.source import Span
from spikegraph.ir import json as graph_json
from spikegraph.ir import text as graph_text
from spikegraph.ir import text_parser
from spikegraph.ir.graph import Graph
from spikegraph.ir.json import JsonError, to_json
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import OPS
from spikegraph.ir.stage import Stage
from spikegraph.ir.text_parser import TextError
from spikegraph.upgrade.table import Format, Step

NOTES = {"conv": ("folded", "eps", "sparse"), "wide_conv": ("sparse",), "lif": ("dgs",)}
"""Parameters of version 1 that are notes in version 2, by operation."""

LOST = {"wide_lif": "`wide_lif` of version 1 doesn't name the neurons that it joins"}
"""Operations of version 1 that can't be converted, with the reason."""

EPS = 1e-5
"""The default of the parameter `eps`, which text leaves out."""


def _split(op: str, fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters and notes of an operation, from its parameters in version 1.

    Raises:
        ValueError: The operation can't be converted.
    """
    if op in LOST:
        raise ValueError(LOST[op])
    moved = NOTES.get(op, ())
    notes = {name: fields[name] for name in moved if fields.get(name) not in (None, False)}
    if "folded" in notes:
        notes = {"folded": notes["folded"], "eps": fields.get("eps", EPS), **notes}
    else:
        notes.pop("eps", None)
    return {name: value for name, value in fields.items() if name not in moved}, notes


def _json_from_1(data: Any) -> Any:
    """The JSON of version 2, whose paths and weights follow from names and operations."""
    try:
        neurons = {name: Neuron.model_validate(fields) for name, fields in data["neurons"].items()}
        graph = Graph(data["name"], Stage(data["stage"]), data["time"], neurons)
        for node in data["nodes"]:
            if node["op"] not in OPS:
                raise JsonError(f"{node['name']}: no operation is called `{node['op']}`; a plug-in may be missing")
            parameters, notes = _split(node["op"], node["params"])
            op = OPS[node["op"]].model_validate(parameters)
            graph.add(node["name"], op, tuple(node["operands"]), Span(**node["span"]), notes)
        graph.outputs.update(data["outputs"])
        graph.taps.update(data["taps"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise error if isinstance(error, JsonError) else JsonError(f"not a graph of version 1: {error}") from error
    made = to_json(graph)
    for old, new in zip(data["nodes"], made["nodes"], strict=True):
        if old["type"] != new["type"]:
            raise JsonError(f"{old['name']}: `type` is {old['type']}, but the operation gives {new['type']}")
    return made


def _text_from_1(text: str) -> str:
    """The text of version 2."""
    lines = [graph_text.VERSION]
    for number, line in enumerate(text.splitlines(), 1):
        found = text_parser.LINE.fullmatch(line.strip())
        if found is None:
            lines.append(line)
            continue
        try:
            parameters, notes = _split(found["op"], text_parser.read(found["record"]) if found["record"] else {})
        except (ValueError, LarkError) as error:
            raise TextError(f"line {number}: {error}") from error
        head = f"{found['name']} = {found['op']}({found['operands']})"
        record = f" {graph_text.show(parameters)}" if parameters else ""
        noted = f" with {graph_text.show(notes)}" if notes else ""
        place = f"{found['file']}:{found['line']}:{found['column']}-{found['end_line']}:{found['end_column']}"
        lines.append(f"{head}{record}{noted} : {found['type']} @ {place}")
    return "\n".join(lines) + "\n"


CHANGES = "notes of passes are no parameters any more, and each node has its path and the names of its weights"

GRAPH_JSON = Format[Any]("graph (JSON)", graph_json.SCHEMA_VERSION, {1: Step(_json_from_1, CHANGES)})
GRAPH_TEXT = Format("graph (text)", 2, {1: Step(_text_from_1, "notes of passes are no parameters any more")})
