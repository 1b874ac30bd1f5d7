"""Random values of the language's types: the schema and the registries say what there is, plug-ins included."""

from random import Random

from spikegraph.dsl.schema.calls import CallOf, Signature
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.lists import Interval, ListOf, Rising
from spikegraph.dsl.schema.names import Choice, FreeName
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.schema.run import HeldOut
from spikegraph.dsl.schema.scalars import Duration, Flag, Optional, Real, Whole
from spikegraph.dsl.schema.schedules import SCHEDULES, Chain
from spikegraph.ir.surrogates import SURROGATES

FEW = 4
"""Whole numbers are at most so much larger than their least value, which keeps specs small."""


def number(rng: Random, type_: Real) -> str:
    """A number within bounds; a bound itself if it is included."""
    low = -2.0 if type_.low is None else type_.low
    high = low + 3 if type_.high is None else type_.high
    if not type_.open_low and type_.low is not None and rng.random() < 0.1:
        return f"{low:g}"
    if not type_.open_high and type_.high is not None and rng.random() < 0.1:
        return f"{high:g}"
    return f"{low + (high - low) * rng.uniform(0.05, 0.95):.4g}"


def value(rng: Random, type_: object) -> str | None:
    """The text of a random value; None for a type whose values depend on the rest of the spec."""
    match type_:
        case Optional(inner):
            return "none" if rng.random() < 0.3 else value(rng, inner)
        case Whole(low, high):
            return str(rng.randint(low, low + FEW if high is None else min(high, low + FEW)))
        case Real():
            return number(rng, type_)
        case Choice(names):
            return rng.choice(sorted(names))
        case Flag():
            return rng.choice(("true", "false"))
        case Duration():
            return rng.choice(("50ms", "0.1s", "400us", "2s"))
        case FreeName():
            return rng.choice(("indoor_flying", '"a name"', "x"))
        case HeldOut():
            return f"{rng.uniform(0.1, 0.9):.2f}"
        case Interval(item):
            first = number(rng, item) if isinstance(item, Real) else "1"
            return f"[{first}, {float(first) + rng.uniform(0.1, 5):.4g}]"
        case Rising(_, least, most):
            count = rng.randint(max(least, 1), min(most, max(least, 1) + 2))
            return f"[{', '.join(str(5 * i + rng.randint(1, 4)) for i in range(count))}]"
        case ListOf(item, least, most):
            return f"[{', '.join(str(value(rng, item)) for _ in range(rng.randint(least, min(most, least + 2))))}]"
        case CallOf(known=known):
            return call(rng, known[rng.choice(sorted(known))])
        case Chain():
            if rng.random() < 0.7:
                return call(rng, SCHEDULES[rng.choice(sorted(SCHEDULES))])
            return f"[linear_warm_up(epochs = {rng.randint(1, 3)}), {call(rng, SCHEDULES['cosine'])}]"
        case _:
            return None


def call(rng: Random, signature: Signature) -> str:
    """A call with all required and some optional parameters."""
    given = {k.name: value(rng, k.type) for k in signature.parameters if k.required or rng.random() < 0.4}
    inside = ", ".join(f"{name} = {text}" for name, text in given.items())
    return f"{signature.name}({inside})" if inside or rng.random() < 0.2 else signature.name


def entries(rng: Random, record: object, skip: tuple[str, ...] = (), share: float = 0.4) -> dict[str, str]:
    """Random values of a record's keys: of all required ones, and of a share of the others."""
    wanted: list[Key[object]] = [k for k in keys(record) if k.name not in skip]
    found = {k.name: value(rng, k.type) for k in wanted if (k.default is None and k.same_as is None) or rng.random() < share}
    return {name: text for name, text in found.items() if text is not None}


def surrogate(rng: Random) -> str:
    """A surrogate of the registry."""
    name = rng.choice(sorted(SURROGATES))
    return rng.choice((name, f"{name}({rng.uniform(0.5, 6):.3g})", f"{name}(b = {rng.uniform(0.5, 6):.3g})"))
