"""Random values of the language's types: the schema and the registries say what there is, plug-ins included."""

from dataclasses import dataclass
from typing import cast

from spikegraph.dsl.schema.calls import CallOf, Signature
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.lists import Interval, ListOf, Rising
from spikegraph.dsl.schema.names import Choice, FreeName
from spikegraph.dsl.schema.neuron_models import LEARN, Learnable
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.schema.run import HeldOut
from spikegraph.dsl.schema.scalars import Duration, Flag, Optional, Real, Whole
from spikegraph.dsl.schema.schedules import SCHEDULES, Chain
from spikegraph.dsl.source import Span
from spikegraph.dsl.values import CallValue
from spikegraph.ir.samples import Draw

FEW = 4
"""Whole numbers are at most so much larger than their least value, which keeps specs small."""

WIDE = 4.0
"""Numbers of neurons are drawn from a part of ranges that are wider."""

NOWHERE = Span("<generated>", 1, 1, 1, 1)
"""The place of values that no text has yet."""


@dataclass(frozen=True)
class Drawable:
    """A random value with its text."""

    text: str
    value: object


def number(draw: Draw, type_: Real, *, inside: bool = False) -> Drawable:
    """A number within bounds; now and then a bound itself, if it is included and `inside` is false."""
    low = -2.0 if type_.low is None else type_.low
    high = low + 2 if type_.high is None else type_.high
    bounds = [] if type_.low is None or type_.open_low else [low]
    bounds += [] if type_.high is None or type_.open_high else [high]
    at_bound = bounds and not inside and draw.boolean(0.2)
    text = f"{draw.choice(bounds) if at_bound else low + (high - low) * draw.integer(1, 7) / 8:g}"
    return Drawable(text, float(text))


def drawable(draw: Draw, type_: object) -> Drawable | None:
    """A random value of a neuron's key or of a number of its model; None for a type whose values aren't known here."""
    match type_:
        case Learnable(low, high, open_low, open_high):
            if low is not None and high is not None and high > low + WIDE:
                high = None  # most of such numbers would be far from all others
            if not draw.boolean(0.25):
                return number(draw, Real(low, high, open_low=open_low, open_high=open_high and high is not None))
            initial, per = number(draw, Real(low, high), inside=True), draw.choice(("layer", "channel"))
            call = CallValue(LEARN, (), {"initial": float(initial.text), "per": per}, NOWHERE)
            return Drawable(f"{LEARN}({initial.text}, per = {per})", call)
        case Whole(low, high):
            value = draw.integer(low, low + FEW if high is None else min(high, low + FEW))
            return Drawable(str(value), value)
        case Real():
            return number(draw, type_)
        case Choice(names):
            word = draw.choice(sorted(names))
            return Drawable(word, word)
        case Flag():
            flag = draw.boolean(0.5)
            return Drawable(str(flag).lower(), flag)
        case _:
            return None


def value(draw: Draw, type_: object) -> str | None:
    """The text of a random value; None for a type whose values depend on the rest of the spec."""
    match type_:
        case Optional():
            return "none" if draw.boolean(0.3) else value(draw, cast("Optional[object]", type_).inner)
        case Duration():
            return draw.choice(("50ms", "0.1s", "400us", "2s"))
        case FreeName():
            return draw.choice(("indoor_flying", '"a name"', "x"))
        case HeldOut():
            return draw.choice(("0.5", "0.25", "0.1"))
        case Interval(item):
            first = number(draw, item).text if isinstance(item, Real) else "1"
            return f"[{first}, {float(first) + draw.integer(1, 20) / 4:g}]"
        case Rising(_, least, most):
            count = draw.integer(max(least, 1), min(most, max(least, 1) + 2))
            return f"[{', '.join(str(5 * i + draw.integer(1, 4)) for i in range(count))}]"
        case ListOf(least=least, most=most):
            item = cast("ListOf[object]", type_).item
            return f"[{', '.join(str(value(draw, item)) for _ in range(draw.integer(least, min(most, least + 2))))}]"
        case CallOf(known=known):
            return call(draw, known[draw.choice(sorted(known))])
        case Chain():
            if not draw.boolean(0.3):
                return call(draw, SCHEDULES[draw.choice(sorted(SCHEDULES))])
            return f"[linear_warm_up(epochs = {draw.integer(1, 3)}), {call(draw, SCHEDULES['cosine'])}]"
        case _:
            found = drawable(draw, type_)
            return None if found is None else found.text


def call(draw: Draw, signature: Signature) -> str:
    """A call with all required and some optional parameters."""
    given = {k.name: value(draw, k.type) for k in signature.parameters if k.required or draw.boolean(0.4)}
    inside = ", ".join(f"{name} = {text}" for name, text in given.items())
    return f"{signature.name}({inside})" if inside else signature.name


def entries(draw: Draw, record: object, skip: tuple[str, ...] = (), share: float = 0.4) -> dict[str, str]:
    """Random values of a record's keys: of all required ones, and of a share of the others."""
    wanted: list[Key[object]] = [k for k in keys(record) if k.name not in skip]
    found = {k.name: value(draw, k.type) for k in wanted if (k.default is None and k.same_as is None) or draw.boolean(share)}
    return {name: text for name, text in found.items() if text is not None}


def block(head: str, found: dict[str, str]) -> str:
    """A declaration."""
    return head + " {\n" + "".join(f"  {name} = {text}\n" for name, text in found.items()) + "}"
