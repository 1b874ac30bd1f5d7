"""Equality of trees and specs that ignores spans, and of texts that ignores their layout."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any, cast

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.parser import parse
from spikegraph.dsl.source import SourceFile, Span


def same_text(a: str, b: str) -> bool:
    """Whether two texts are equal, or differ only in what `fmt` changes and in comments."""
    if a == b:
        return True
    diagnostics = Diagnostics()
    one, other = (parse(SourceFile("", text), diagnostics) for text in (a, b))
    if one is None or other is None or diagnostics.has_errors:
        return False
    return same((one.version, one.items), (other.version, other.items))


def same(a: Any, b: Any) -> bool:
    """Whether two trees or two specs are equal apart from their spans.

    Comments must have the same texts in the same order. Their places may differ, because printing may move a comment from
    inside an expression to its own line.
    """
    if type(a) is not type(b):
        return False
    if isinstance(a, ast.Comment):
        return a.text == b.text
    if is_dataclass(a) and not isinstance(a, type):
        return isinstance(a, Span) or all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, tuple | list):
        left, right = cast("Sequence[object]", a), cast("Sequence[object]", b)
        return len(left) == len(right) and all(same(x, y) for x, y in zip(left, right, strict=True))
    if isinstance(a, dict):
        one, other = cast("dict[object, object]", a), cast("dict[object, object]", b)
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return bool(a == b)
