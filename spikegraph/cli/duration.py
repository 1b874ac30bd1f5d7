"""Durations on the command line."""

import re

import click
from typing_extensions import override

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
"""Seconds of each unit."""


class Duration(click.ParamType):  # pyright: ignore[reportMissingTypeArgument] (generic only in newer versions)
    """A duration such as `30s`, `10m` or `2h`; its value is in seconds."""

    name = "duration"

    @override
    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([smh])", str(value))
        if found is None:
            self.fail(f"`{value}` isn't a duration; write a number with a unit, such as 30s, 10m or 2h", param, ctx)
        return float(found[1]) * UNITS[found[2]]
