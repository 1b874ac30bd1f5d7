"""`fire`, `reset` and `leak`: the functions that make a neuron of a model's lines."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from spikegraph.base.nearest import listed
from spikegraph.dsl import ast
from spikegraph.dsl.layout import flat
from spikegraph.dsl.models.names import Reader
from spikegraph.dsl.models.typed import SPIKES, WORDS, Typed
from spikegraph.dsl.node_descriptions import describe
from spikegraph.equations.interval import Interval
from spikegraph.equations.terms import Apply, Before, Constant, Fire, Leak, Number, Reset, Term, Value, with_parts

AT = ("above", "reached", "nearest")
MOST_LEVELS = 256
"""Spikes of a neuron in a step: the whole numbers up to it are exact in bfloat16."""

FIRED = Interval(0, MOST_LEVELS)
_STEP = Interval(0, 1)


def _fire(reader: Reader, call: ast.Call) -> Typed | None:
    operands = reader.operands(call, ("u", "threshold"), ("levels", "at", "surrogate"))
    if operands is None:
        return None
    u, threshold = reader.typed(operands[0]), reader.typed(operands[1])
    if u is None or threshold is None:
        return None
    if u.kind in ("constant", "number"):
        summary = f"`fire` of {WORDS[u.kind]}, which is the same at every step"
        help = "a potential depends on the input or on a state"
        if threshold.kind == "real" and not isinstance(operands[0], ast.Number):
            help = f"write the potential first: `fire({flat(operands[1])}, {flat(operands[0])})`"
        reader.diagnostics.error("SG1206", operands[0].span, summary, help=help)
        return None
    levels, at, surrogate = None, None, None
    for argument in call.arguments:
        match argument.name, argument.value:
            case "levels", ast.Number(int(value), None) if 1 <= value <= MOST_LEVELS:
                levels = value
            case "at", ast.Name(word) if word in AT:
                at = word
            case "surrogate", ast.Call(function, (ast.Argument("b" | None, ast.Number(value, None)),)) if value > 0:
                surrogate = (function.id, float(value))
            case None, _:
                pass
            case name, value:
                wanted = {
                    "levels": f"a whole number from 1 to {MOST_LEVELS}", "at": listed(AT, last="or"),
                    "surrogate": "a surrogate with its b, such as `triangle(b = 1)`",
                }  # fmt: skip
                summary = f"`{name}` of `fire` is {wanted[name or '']}, not {describe(value)}"
                bare = name == "surrogate" and isinstance(value, ast.Name)
                help = f"write `surrogate = {flat(value)}(b = 3)`" if bare else None
                reader.diagnostics.error("SG1204", argument.span, summary, help=help)
                return None
    if not threshold.range.positive and (levels or 1) > 1:
        zero = 0 in threshold.range
        summary = f"several levels of a threshold that may be {'0' if zero else 'negative'}: "
        summary += f"`{flat(operands[1])}` lies in {threshold.range}"
        help = "its multiples would be one and the same" if zero else "its multiples would lie below it"
        reader.diagnostics.error("SG1207", operands[1].span, summary, help=help)
        return None
    reader.names.keys |= {"fires"} | ({"surrogate"} if surrogate is None else set())
    # The neuron's `levels` and `spike_at` count where the text doesn't say them, and the threshold has multiples.
    if levels is None and at is None and threshold.range.positive:
        reader.names.keys.add("levels")
    else:
        levels = levels or 1
    if at is None and not (threshold.kind == "constant" and 0 in threshold.range):
        reader.names.keys.add("spike_at")
    else:
        at = at or "above"
    term = Fire(u.term, threshold.term, levels, at, surrogate)
    kind: Literal["spike", "count"] = "count" if (levels or 1) > 1 else "spike"
    return Typed(term, kind, _STEP if levels == 1 else FIRED if levels is None else Interval(0, levels), levels, remembers=True)


def _reset(reader: Reader, call: ast.Call) -> Typed | None:
    operands = reader.operands(call, ("u", "y"), ("by", "to"))
    if operands is None:
        return None
    u, y = reader.typed(operands[0]), reader.typed(operands[1])
    given = {a.name: (a.value, reader.typed(a.value)) for a in call.arguments if a.name is not None}
    if u is None or y is None or any(value is None for _, value in given.values()):
        return None
    if y.kind not in SPIKES:
        summary, help = f"`reset` by {WORDS[y.kind]}", "it takes what `fire` gives"
        if u.kind in SPIKES:
            help = f"write the potential first: `reset({flat(operands[1])}, {flat(operands[0])})`"
        reader.diagnostics.error("SG1206", operands[1].span, summary, help=help)
        return None
    fire = reader.names.fires.get(y.term.name) if isinstance(y.term, Value) else y.term
    once = None if fire is None else _once(reader, fire)
    once = y.term if once is None and y.kind == "spike" and y.bound == 1 else once
    if once is None:
        help = "write the reset yourself, such as `v = u - threshold * y`"
        reader.diagnostics.error("SG1206", operands[1].span, f"`reset` by {WORDS[y.kind]} that is computed", help=help)
        return None
    by = given["by"][1] if "by" in given else _threshold(reader, call, fire)
    if by is None:
        return None
    reader.names.keys |= {"reset", "detach_reset"}
    reader.repeat(once, *(() if "by" in given else (by.term,)))  # each with what it consists of, which may be resets
    to = None if "to" not in given or given["to"][1] is None else given["to"][1].term
    term = Reset(u.term, y.term, once, by.term, y.kind != "spike", to)
    return Typed(term, "real", Interval(), 1, remembers=True)


def one_at_a_time(term: Term) -> Term:
    """A term whose spikes are at most one at a step where `fire` doesn't say how many, whatever the neuron's `levels`."""
    found = with_parts(term, one_at_a_time)
    return replace(found, levels=1) if isinstance(found, Fire) and found.levels is None else found


def _once(reader: Reader, fire: Term) -> Term | None:
    """1 where the spikes aren't 0, else 0; None if that isn't seen."""
    match fire:
        case Fire():
            return replace(fire, levels=1)
        case Apply("-", (Fire() as up, Fire() as down)):
            either = Apply("+", (up, down))
            if _opposed(reader, up, down):
                return either
            # Where both fire, their difference is 0.
            both = Apply("detach", (Apply("*", (up, down)),))
            return Apply("-", (either, Apply("*", (Constant(2.0), both))))
        case _:
            return None


def _opposed(reader: Reader, up: Fire, down: Fire) -> bool:
    """Whether two never fire together: at one threshold above 0, a potential and its negative."""
    if up.threshold != down.threshold or Apply("neg", (up.potential,)) != down.potential:
        return False
    match up.threshold:
        case Number(name):
            return reader.names.numbers[name].range.positive
        case Constant(value):
            return value > 0
        case _:
            return False


def _threshold(reader: Reader, call: ast.Call, fire: Fire | Term | None) -> Typed | None:
    """What a soft reset subtracts if the text doesn't say it: the number `threshold`, or that of the spikes."""
    if "threshold" in reader.names.numbers:
        return reader.names.number("threshold")
    match fire:
        case Fire(_, threshold) | Apply("-", (Fire(_, threshold), Fire())):
            return Typed(threshold, "real", Interval())
        case _:
            pass
    reader.diagnostics.error("SG1204", call.span, "what does a soft reset subtract?", help="write `reset(u, y, by = ...)`")
    return None


def _leak(reader: Reader, call: ast.Call) -> Typed | None:
    operands = reader.operands(call, ("x", "decay"))
    if operands is None:
        return None
    x, decay = reader.typed(operands[0]), reader.typed(operands[1])
    if x is None or decay is None:
        return None
    if not isinstance(x.term, Before) or decay.kind not in ("constant", "number"):
        summary = "`leak` takes a state of the step before and a number" if decay.kind != "real" else "a decay is a number"
        reader.diagnostics.error("SG1206", call.span, summary, help="write `leak(v[t-1], decay)`, or a product")
        return None
    return Typed(Leak(x.term, decay.term), "real", Interval(), 1, remembers=True)


SPIKE_CALLS: Mapping[str, Callable[[Reader, ast.Call], Typed | None]] = {"fire": _fire, "reset": _reset, "leak": _leak}
"""By name what makes a term of a call; None after an error."""
