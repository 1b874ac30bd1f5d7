"""Learning rate schedules over the epochs of a run: their parameters, their formulas, and chains of them."""

import math
from collections.abc import Callable, Sequence

from typing_extensions import override

from spikegraph.base.nearest import listed
from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.key import Key, Reading, Scope, ValueType
from spikegraph.dsl.schema.lists import ListOf, Rising
from spikegraph.dsl.schema.scalars import Optional, Real, Whole
from spikegraph.dsl.values import CallValue

_EPOCHS = Key("epochs", Optional(Whole(1, 10**6)), "none", "its duration; `none` means all epochs that are left")


@record
class Schedule(Signature):
    """A schedule.

    Attributes:
        rate: The learning rate, called with the optimiser's learning rate, the number of finished epochs (2.5 is the middle
            of the third), the number of all epochs, and the parameters by name.
    """

    rate: Callable[..., float]


def _constant(base: float, position: float, epochs: int) -> float:
    return base


def _linear_warm_up(base: float, position: float, epochs: int, start: float) -> float:
    return base * (start + (1 - start) * min(position / epochs, 1.0))


def _cosine(base: float, position: float, epochs: int, min: float) -> float:
    done = position / epochs if position < epochs else 1.0
    return min + (base - min) * (1 + math.cos(math.pi * done)) / 2


def _halve_at(base: float, position: float, epochs: Sequence[int]) -> float:
    return base * 0.5 ** sum(place <= position for place in epochs)


def _step(base: float, position: float, epochs: int, every: int, factor: float) -> float:
    return base * factor ** (position // every)


SCHEDULES = vocabulary(
    Schedule("constant", (_EPOCHS,), "keeps the learning rate", _constant),
    Schedule(
        "linear_warm_up",
        (_EPOCHS, Key("start", Real(0, 1), "0.01", "share of the optimiser's learning rate at the start")),
        "rises in a line to the optimiser's learning rate",
        _linear_warm_up,
    ),
    Schedule(
        "cosine",
        (Key("min", Real(0), "0", "learning rate at the end"), _EPOCHS),
        "half a cosine from the optimiser's learning rate to `min`",
        _cosine,
    ),
    Schedule(
        "halve_at",
        (Key("epochs", Rising(Whole(1), 1), None, "epochs after which to halve the learning rate"),),
        "halves the learning rate after some epochs",
        _halve_at,
    ),
    Schedule(
        "step",
        (
            Key("every", Whole(1, 10**6), None, "epochs from one change to the next"),
            Key("factor", Real(0, 1, open_low=True), "0.1", "factor of each change"),
        ),
        "multiplies the learning rate by a factor after every few epochs",
        _step,
    ),
)

_ONE = CallOf("a schedule", SCHEDULES)


class Chain(ValueType[tuple[CallValue, ...]]):
    """A schedule, or a list of schedules that follow one another; only the last may have no duration."""

    @property
    @override
    def words(self) -> str:
        return f"{_ONE.words}; or a list of them, one after the other"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[tuple[CallValue, ...]] | None:
        if not isinstance(expr, ast.Sequence):
            one = _ONE.read(expr, scope)
            return None if one is None else Reading((one.value,), one.expr)
        chain = ListOf(_ONE, 1).read(expr, scope)
        if chain is None:
            return None
        for item, call in list(zip(expr.items, chain.value, strict=True))[:-1]:
            if duration(call) is None:
                lasting = [name for name, schedule in SCHEDULES.items() if _EPOCHS in schedule.parameters]
                help = f"give its `epochs`; only {listed(lasting, last='and')} have a duration"
                scope.diagnostics.error(
                    "SG0227", item.span, f"`{call.name}` has no end, but another schedule follows", help=help
                )
                return None
        return chain


SCHEDULE = Chain()


def duration(call: CallValue) -> int | None:
    """The number of epochs of a schedule; None if it takes all that are left."""
    return _EPOCHS.of(call.named) if _EPOCHS in SCHEDULES[call.name].parameters else None


def first_change(call: CallValue) -> int | None:
    """The epochs after which a schedule of steps first changes the learning rate; None for another schedule."""
    found = call.named.get({"halve_at": "epochs", "step": "every"}.get(call.name, ""))
    first = found[0] if isinstance(found, tuple) and found else found
    return first if isinstance(first, int) else None


def learning_rate(chain: Sequence[CallValue], base: float, position: float, epochs: int) -> float:
    """The learning rate at a position in a run; each schedule of a chain counts epochs from its own start.

    Args:
        chain: The schedules, one after the other.
        base: The optimiser's learning rate.
        position: Number of finished epochs, with a fraction within an epoch: 2.5 is the middle of the third.
        epochs: Number of epochs of the run.
    """
    *first, last = chain
    for call in first:
        length = duration(call) or 0
        if position < length:
            last = call
            break
        position, epochs = position - length, epochs - length
    schedule = SCHEDULES[last.name]
    assert isinstance(schedule, Schedule)
    return schedule.rate(base, position, **{"epochs": epochs} | {k: v for k, v in last.named.items() if v is not None})
