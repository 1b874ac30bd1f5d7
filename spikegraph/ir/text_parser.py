"""Parser of the canonical text of graphs (`text.py`). It infers types again and compares them."""

import re
from functools import cache
from typing import Any, cast

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError

from spikegraph.dsl.source import Span
from spikegraph.ir.graph import Graph
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import OPS
from spikegraph.ir.stage import Stage
from spikegraph.ir.text import VERSION, WORDS
from spikegraph.ir.verify import carried_problems

GRAMMAR = r"""
?value: NUMBER -> number | NAME -> name | STRING -> text | "[" "]" -> empty | "[" value ("," value)* "]" -> items | record
record: "{" [field ("," field)*] "}"
field: NAME "=" value
NAME: /[A-Za-z_][A-Za-z_0-9]*/
NUMBER: /-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/
STRING: /"([^"\\]|\\.)*"/
%ignore " "
"""

HEAD = re.compile(r"graph (\S+) at (\w+)(?: for (\d+) steps)?")
NEURON = re.compile(r"neuron (\S+) = (.*)")
OUTPUT = re.compile(r"(output|tap|carried) (\S+) = (\S+)")
LINE = re.compile(
    r"(?P<name>\S+) = (?P<op>\w+)\((?P<operands>[^()]*)\)(?: (?P<record>\{.*?\}))?(?: with (?P<notes>\{[^{}]*\}))? : "
    r"(?P<type>.*?)"
    r" @ (?P<file>.+):(?P<line>\d+):(?P<column>\d+)-(?P<end_line>\d+):(?P<end_column>\d+)"
)


class TextError(ValueError):
    """The text is not a graph; the message has the line number."""


def parse_graph(text: str) -> Graph:
    """Parses the output of `print_graph`.

    Raises:
        TextError: The text is malformed, of another version, uses an unknown operation, or a type isn't the operation's.
        GraphError: An operation does not accept its operands.
    """
    graph: Graph | None = None
    neurons: dict[str, Neuron] = {}
    lines = text.splitlines()
    if not lines or lines[0].strip() != VERSION:
        raise TextError(f"line 1: expected `{VERSION}`; `spikegraph upgrade FILE` converts older files")
    for number, line in enumerate(lines[1:], 2):
        try:
            if not line.strip():
                continue
            if graph is None:
                name, stage, time = match(HEAD, line).groups()
                graph = Graph(name, Stage(stage), None if time is None else int(time), neurons)
            elif NEURON.match(line):
                name, fields = match(NEURON, line).groups()
                neurons[name] = Neuron.model_validate(read(fields))
            elif OUTPUT.match(line):
                sort, name, node = match(OUTPUT, line).groups()
                {"output": graph.outputs, "tap": graph.taps, "carried": graph.carried}[sort][name] = node
            else:
                parse_node(graph, match(LINE, line))
        except (ValueError, KeyError, LarkError) as error:
            raise TextError(f"line {number}: {error}") from error
    if graph is None:
        raise TextError("line 2: expected `graph NAME at STAGE`")
    for name in (*graph.outputs.values(), *graph.taps.values()):
        if name not in graph:
            raise TextError(f"the output {name} isn't a node")
    for problem in carried_problems(graph):
        raise TextError(problem)
    return graph


def match(pattern: re.Pattern[str], line: str) -> re.Match[str]:
    """Matches the whole line; raises ValueError otherwise."""
    found = pattern.fullmatch(line.strip())
    if found is None:
        raise ValueError(f"malformed line: {line.strip()[:80]!r}")
    return found


def parse_node(graph: Graph, found: re.Match[str]) -> None:
    """Adds the operation of one line."""
    op, operands = OPS.get(found["op"]), found["operands"]
    if op is None:
        raise ValueError(f"no operation is called `{found['op']}`; a plug-in may be missing")
    line, column, end_line, end_column = (int(found[k]) for k in ("line", "column", "end_line", "end_column"))
    fields: Any = read(found["record"]) if found["record"] else {}
    name = graph.add(
        found["name"],
        op.model_validate(fields),
        tuple(operands.split(", ")) if operands else (),
        Span(found["file"], line, column, end_line, end_column),
        read(found["notes"]) if found["notes"] else {},
    )
    value = graph.node(name).value
    if str(value) != found["type"]:
        raise ValueError(f"the type of {name} is {value}, not {found['type']}")


class _Values(Transformer[Token, Any]):
    def number(self, children: list[Token]) -> int | float:
        (token,) = children
        return int(token) if re.fullmatch(r"-?\d+", token) else float(token)

    def name(self, children: list[Token]) -> Any:
        (token,) = children
        return WORDS.get(token, str(token))

    def text(self, children: list[Token]) -> str:
        return re.sub(r"\\(.)", r"\1", children[0][1:-1])

    def items(self, children: list[Any]) -> list[Any]:
        return children

    def empty(self, children: list[Any]) -> list[Any]:
        return children

    def record(self, children: list[Any]) -> dict[str, Any]:
        return dict(c for c in children if c is not None)

    def field(self, children: list[Any]) -> tuple[str, Any]:
        return str(children[0]), children[1]


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", start="value", transformer=_Values())


def read(text: str) -> Any:
    """Parses the output of `show`."""
    return cast("Any", _parser().parse(text))  # pyright: ignore[reportUnknownMemberType]
