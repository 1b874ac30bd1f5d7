"""Which values are the same, however they are written: `0.01s` and `10ms`, `[1]` and `[1.0]`."""

from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from typing import Any

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.evaluate import evaluate
from spikegraph.dsl.parser import parse_expression
from spikegraph.dsl.source import SourceFile


def meaning_of(text: str) -> Hashable:
    """What the text of a value says, equal for all spellings of it; that of a text that isn't one is the text itself."""
    expression = parse_expression(SourceFile("", text), Diagnostics())
    return text if expression is None else _meaning(expression)


def _meaning(part: Any) -> Hashable:
    match part:
        case ast.Number() | ast.Negative() | ast.Binary() if (value := evaluate(part, {}, Diagnostics())) is not None:
            return value
        case tuple():
            return tuple(map(_meaning, part))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        case _ if is_dataclass(part):
            kept = (getattr(part, field.name) for field in fields(part) if field.name != "span")
            return (type(part).__name__, *map(_meaning, kept))
        case _:
            return part
