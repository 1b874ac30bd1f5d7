"""Durations on the command line."""

import re

import click

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
"""Seconds of each unit."""


def seconds(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """The callback of an option whose value is a duration such as `30s`, `10m` or `2h`: its seconds.

    Raises:
        BadParameter: The value isn't a duration.
    """
    if value is None:
        return None
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smh])", value)
    if found is None:
        raise click.BadParameter(f"`{value}` isn't a duration; write a number with a unit, such as 30s, 10m or 2h")
    return float(found[1]) * UNITS[found[2]]
