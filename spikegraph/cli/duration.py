"""Durations on the command line: one notation for all options."""

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

UNITS = {"us": Decimal("1e-6"), "ms": Decimal("1e-3"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}
"""Seconds of each unit."""

NOTATION = "a number with a unit, us, ms, s, m or h"


class Duration(click.ParamType[float] if TYPE_CHECKING else click.ParamType):
    """A number with a unit, such as `50ms` or `10m`, as seconds.

    Attributes:
        example: A value for messages.
        least: The shortest duration.
        most: The longest duration.
        plain: Accept a number without a unit, as seconds.
    """

    name = "duration"

    def __init__(self, example: str, least: str = "0s", most: str = "1000000h", *, plain: bool = False) -> None:
        self.example, self.least, self.most, self.plain = example, least, most, plain

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds; fails where the value isn't a duration, or is too short or too long."""
        found = seconds_of(str(value), plain=self.plain)
        if found is None:
            plain = ", or a number of seconds" if self.plain else ""
            self.fail(f"`{value}` isn't a duration; write {NOTATION}, such as {self.example}{plain}", param, ctx)
        for bound, wrong in ((self.least, found < _seconds(self.least)), (self.most, found > _seconds(self.most))):
            if wrong:
                which = "short; the shortest" if bound == self.least else "long; the longest"
                self.fail(f"`{value}` is too {which} is {bound}", param, ctx)
        return found


TIME_STEP = Duration("0.1ms", "0.001us", "1000s", plain=True)
"""The type of a time step in seconds."""


def duration_option(name: str, type: Duration, help: str, **more: Any) -> Callable[[F], F]:
    """An option whose value is a duration; its help says how one is written.

    Args:
        name: The option.
        type: The durations that it takes.
        help: What it does; the default too, if it isn't among `more`.
        more: Further arguments of `click.option`.
    """
    plain = "; a plain number is in seconds" if type.plain else ""
    return click.option(
        name, type=type, metavar="TIME", help=f"{help} TIME is {NOTATION}, such as {type.example}{plain}.", **more
    )


def seconds_of(text: str, *, plain: bool = False) -> float | None:
    """The seconds of a duration; None if the text isn't one."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(us|ms|s|m|h)", text)
    if found is not None:
        return float(Decimal(found[1]) * UNITS[found[2]])
    try:
        number = float(text) if plain else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _seconds(text: str) -> float:
    found = seconds_of(text)
    assert found is not None
    return found
