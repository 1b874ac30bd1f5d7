"""Messages for values that a parameter of an operation, neuron or surrogate doesn't accept."""

import re
from collections.abc import Mapping
from typing import Any, Literal, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.ast import Expr, Index, Name, Sequence, Text
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.node_descriptions import describe
from spikegraph.dsl.param_values import written
from spikegraph.dsl.schema.scalars import OTHER_WORDS
from spikegraph.dsl.source import Span
from spikegraph.elaborate.context import Values, text
from spikegraph.ir.annotations import parts_of


def wanted(field: FieldInfo) -> str:
    """The values that a parameter accepts, in words."""
    words = choices(field)
    if words:
        return listed(words)
    kinds = set(parts_of(field.annotation))
    if bool in kinds:
        return "`true` or `false`"
    bounds = {name: getattr(m, name) for m in field.metadata for name in ("gt", "ge", "lt", "le") if hasattr(m, name)}
    for inner in re.findall(r"(gt|ge|le)=(\d+)", str(field.annotation)):
        bounds.setdefault(inner[0], int(inner[1]))
    if int in kinds:
        low = bounds["gt"] + 1 if "gt" in bounds else bounds.get("ge")
        high = f" and at most {bounds['le']}" if "le" in bounds else ""
        others = "".join(f" or `{word}`" for word in _words(field.annotation))
        lists = ", or a list of one for each axis" if _lists(field) else ""
        return ("a whole number" if low is None else f"a whole number at least {low}{high}") + others + lists
    phrases = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    limits = " and ".join(f"{phrases[name]} {value:g}" for name, value in bounds.items())
    return f"a number {limits}".rstrip() if float in kinds else "a word"


def choices(field: FieldInfo) -> tuple[str, ...]:
    """The words that a parameter accepts; empty if it isn't an enumeration."""
    found = field.annotation if get_origin(field.annotation) is Literal else None
    return tuple(word for word in get_args(found) if isinstance(word, str))


def _words(annotation: Any) -> tuple[str, ...]:
    """The words that a value may be, also beside numbers."""
    return tuple(part for part in parts_of(annotation) if isinstance(part, str))


def _lists(field: FieldInfo) -> bool:
    """Whether a list with a number for each axis is accepted."""
    return "tuple" in str(field.annotation)


def check_word(
    owner: str, name: str, field: FieldInfo, expr: Expr, value: object, numbers: Values | None, found: Diagnostics
) -> bool:
    """Whether a value is not a word where a number or truth value is required; adds an error if it is.

    `numbers` are the params that can be used there, None outside of networks.
    """
    if not isinstance(value, str):
        return True
    kinds = set(parts_of(field.annotation))
    words = _words(field.annotation)
    if choices(field) or value in words or str in kinds or not kinds & {int, float, bool}:
        return True
    span = expr.span
    fixes: tuple[Fix, ...] = ()
    help: str | None = None
    if isinstance(expr, Index) or (isinstance(expr, Name) and numbers is not None and expr.id in numbers):
        found.error("SG0304", span, f"`{name}` of {owner} must be {wanted(field)}, but `{text(expr)}` is the word `{value}`")
        return False
    if bool in kinds and isinstance(expr, Name):
        word = OTHER_WORDS.get(expr.id.lower())
        fixes = () if word is None else (Fix(span, word, f"write `{word}`"),)
        help = None if word is None else f"write `{word}`"
    elif isinstance(expr, Text) and re.fullmatch(r"\d+(\.\d+)?", expr.value):
        fixes = (Fix(span, expr.value, f"write `{expr.value}`"),)
        help = f"numbers have no quotes: write `{expr.value}`"
    elif isinstance(expr, Name):
        other = f"write {wanted(field)}" if numbers is None else "declare it with `param`"
        other = f"write {listed(words)} or a number, or {other}" if words and numbers is not None else other
        known = (*(numbers or ()), *words)
        help = did_you_mean(expr.id, known) or other
        fixes = rename(span, expr.id, known)
        found.error("SG0307", span, f"no number is called `{expr.id}` here", help=help, fixes=fixes)
        return False
    found.error("SG0304", span, f"`{name}` of {owner} must be {wanted(field)}, not {describe(expr)}", help=help, fixes=fixes)
    return False


def report(
    owner: str, model: type[BaseModel], error: ValidationError, exprs: Mapping[str, Expr], span: Span, found: Diagnostics
) -> None:
    """Adds an error for each invalid parameter: at its value if `exprs` has it, otherwise at `span`."""
    for e in error.errors():
        if not e["loc"]:  # of values that don't fit each other
            found.error("SG0304", span, f"{owner} isn't sound: {e['msg'].removeprefix('Value error, ')}")
            continue
        name, got = str(e["loc"][0]), e["input"]
        expr, field = exprs.get(name), model.model_fields[name]
        place = span if expr is None else expr.span
        called = f"`{name}`" if expr is None or text(expr) == str(got) else f"`{name} = {text(expr)}`"
        need, words = wanted(field), choices(field)
        help: str | None = None
        fixes: tuple[Fix, ...] = ()
        if _lists(field) and (isinstance(got, tuple) or len(e["loc"]) > 2):
            place, summary = _in_a_list(f"`{name}` of {owner}", got, e["loc"], expr, span, need)
        elif e["type"] == "missing":
            summary, help = f"{owner} needs its parameter `{name}`", f"write `{name} = ...`"
        elif e["type"] == "int_from_float":
            summary = f"{called} of {owner} is {got}, which is not a whole number"
            help = "choose a value that divides" if called != f"`{name}`" else None
        elif words:
            summary, help = f"`{name}` of {owner} can't be `{got}`", did_you_mean(str(got), words) or f"write {need}"
            fixes = () if expr is None else rename(place, str(got), words)
        elif isinstance(got, int | float) and not isinstance(got, bool):
            bounds = _number(need).removeprefix("a whole number ").removeprefix("a number ")
            summary = f"{called} of {owner} is {got:g}, but must be {bounds}"
        else:
            described = f"`{got}`" if expr is None else _described(expr, got)
            summary = f"`{name}` of {owner} must be {need}, not {described}"
            help = "it is the same along every axis: write one number" if isinstance(got, tuple) else None
        found.error("SG0304", place, summary, help=help, fixes=fixes)


def _described(expr: Expr, got: Any) -> str:
    """A value for a message: a param with what it is."""
    if isinstance(expr, Name | Index) and text(expr) != str(got):
        return f"`{text(expr)}`, which is `{written(got)}`"
    return describe(expr)


def _in_a_list(
    parameter: str, got: Any, loc: tuple[int | str, ...], expr: Expr | None, span: Span, need: str
) -> tuple[Span, str]:
    """Place and summary of an error in a list of numbers, one for each axis."""
    place = span if expr is None else expr.span
    if isinstance(got, tuple):
        count = len(cast("tuple[object, ...]", got))
        return place, f"{parameter} has {count} numbers, but a value has 1 to 3 spatial axes"
    if isinstance(expr, Sequence):
        place = expr.items[int(loc[2])].span
    return place, f"{parameter} has `{got}`, but each of its numbers must be {_number(need)}"


def _number(need: str) -> str:
    """What `wanted` says of one number, without what it says of lists."""
    return need.partition(", or a list")[0]
