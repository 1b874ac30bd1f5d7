"""Equality of trees without regard to where they stand in the text."""

from dataclasses import fields, is_dataclass
from typing import Any

from spikegraph.dsl import ast
from spikegraph.dsl.source import Span


def same(a: Any, b: Any) -> bool:
    """Whether two trees, or two specs, are equal but for their spans.

    Of comments the texts count, in their order, and not their places: printing may put a comment from amid an
    expression onto a line of its own.
    """
    if type(a) is not type(b):
        return False
    if isinstance(a, ast.Comment):
        return a.text == b.text
    if is_dataclass(a):
        return isinstance(a, Span) or all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return bool(a == b)
