"""The canonical text of graphs, with one operation per line; `text_parser.py` reads it.

    # spikegraph graph, version 2
    graph stereo at derived
    neuron lif = {surrogate={name=dspike}}
    left = input() {kind=events, channels=5, size=[260, 346]} : events[5, 260, 346] @ stereo.sdhs:29:9-29:13
    conv = conv(left) {kernel=3, out=8} with {sparse=true} : real[8, 260, 346] @ stereo.sdhs:30:9-30:20
    output disparity = disparity
    tap aux = aux
    carried a.previous = a

Parameters with their default value are omitted. Notes follow `with`. `carried` says whose value at the step before a node has.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, cast

from spikegraph.ir.neuron import Neuron
from spikegraph.ir.node import Node
from spikegraph.ir.stage import Stage
from spikegraph.ir.traits import Data

VERSION = "# spikegraph graph, version 2"
WORDS = {"true": True, "false": False, "none": None}


class Printed(Protocol):
    """What a graph is printed from."""

    @property
    def name(self) -> str:
        """The network's name."""
        ...

    @property
    def stage(self) -> Stage:
        """How far it is lowered."""
        ...

    @property
    def time(self) -> int | None:
        """The time steps that the spec gives; None without any."""
        ...

    @property
    def neurons(self) -> Mapping[str, Neuron]:
        """The neurons by name."""
        ...

    @property
    def outputs(self) -> Mapping[str, str]:
        """The nodes of the outputs, by name."""
        ...

    @property
    def taps(self) -> Mapping[str, str]:
        """The nodes of wires that losses take, by name."""
        ...

    @property
    def carried(self) -> Mapping[str, str]:
        """The nodes whose values the next step gets, by name."""
        ...

    def __iter__(self) -> Iterator[Node]: ...


def print_graph(graph: Printed) -> str:
    """Prints the canonical text of `graph`."""
    lines = [VERSION, f"graph {graph.name} at {graph.stage}" + (f" for {graph.time} steps" if graph.time is not None else "")]
    lines += [f"neuron {name} = {record(neuron)}" for name, neuron in graph.neurons.items()]
    lines += [print_node(node) for node in graph]
    lines += [f"output {name} = {node}" for name, node in graph.outputs.items()]
    lines += [f"tap {name} = {node}" for name, node in graph.taps.items()]
    lines += [f"carried {name} = {node}" for name, node in graph.carried.items()]
    return "\n".join(lines) + "\n"


def print_node(node: Node) -> str:
    """Prints the line of one operation."""
    params = record(node.op)
    s = node.span
    place = f"{s.file}:{s.line}:{s.column}-{s.end_line}:{s.end_column}"
    head = f"{node.name} = {node.op.name}({', '.join(node.operands)})"
    notes = f" with {show(node.notes)}" if node.notes else ""
    return f"{head}{'' if params == '{}' else ' ' + params}{notes} : {node.value} @ {place}"


def record(data: Data) -> str:
    """Prints `{field=value, ...}` without fields that have their default; nested values are written in full."""
    full, changed = data.model_dump(mode="json"), data.model_dump(exclude_defaults=True)
    return show({k: v for k, v in full.items() if k in changed})


def show(value: Any) -> str:
    """Prints a value of a JSON type."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        plain = re.fullmatch(r"[A-Za-z_][A-Za-z_0-9]*", value) and value not in WORDS
        return value if plain else '"' + value.replace("\\", r"\\").replace('"', r"\"") + '"'
    if isinstance(value, Mapping):
        value = cast("Mapping[str, Any]", value)
        return "{" + ", ".join(f"{k}={show(v)}" for k, v in value.items()) + "}"
    return "[" + ", ".join(show(v) for v in value) + "]"
