"""The names of the places of `dgs`: in specs, pipelines, graphs and journals."""

import re

from spikegraph.dsl import ast

ALL_STEMS = "all stems"
"""The place of all stems."""

_AUTO = re.compile(r"auto\(([1-9][0-9]*)\)")


def place_text(expr: ast.Expr) -> str | None:
    """A place of the graph as text: names, dots and whole indices; None for any other expression."""
    match expr:
        case ast.Name(name):
            return name
        case ast.Attribute(base, name):
            before = place_text(base)
            return None if before is None else f"{before}.{name}"
        case ast.Index(base, (ast.Number(int() as value, None),)):
            before = place_text(base)
            return None if before is None else f"{before}[{value}]"
        case _:
            return None


def auto_place(count: int) -> str:
    """The place `auto(n, by = ...)` as text, without its measure: `auto(3)`."""
    return f"auto({count})"


def auto_count(place: str) -> int | None:
    """The number of neurons that an automatic place chooses; None for another place."""
    found = _AUTO.fullmatch(place)
    return None if found is None else int(found[1])
