"""The type of options that are a length of time."""

import math
from typing import Any

import click


class Seconds(click.FloatRange):
    """A time step in seconds, from a nanosecond to a thousand seconds."""

    name = "seconds"

    def __init__(self) -> None:
        super().__init__(1e-9, 1000)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; fails where it is none."""
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value} is not a number of seconds, such as 0.0001", param, ctx)
        return found
