"""Picks a network of a front: `knee`, or the best by one objective of those that keep within a limit of the other."""

import operator
import re
from collections.abc import Callable, Sequence

from spikegraph.base.errors import ArgumentError
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.runs.front import FrontPoint, knee, signed

KNEE = "knee"

_COMPARED: dict[str, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le}
_LIMIT = re.compile(r"\s*(?P<name>[a-z_]+)\s*(?P<sign>>=|<=)\s*(?P<value>[0-9.eE+-]+)\s*")


def as_shown(value: float) -> tuple[float, float]:
    """A value, and what `show` prints of it, which a limit may be copied from."""
    return value, float(f"{value:.4g}")


def picked(points: Sequence[FrontPoint], text: str) -> int:
    """The number, from 1, of the network that a text picks.

    `accuracy >= 80` picks the one with the least price of those that have at least this accuracy; `energy <= 0.5` the one with
    the best score of those that need at most as much.

    Args:
        points: A front, with at least one network.
        text: `knee`, or a limit.

    Raises:
        ArgumentError: The text is something else, names no objective of the front, or no network keeps within the limit.
    """
    if text.strip() == KNEE:
        return knee(points) + 1
    names, found = points[0].names, _LIMIT.fullmatch(text)
    example = f"write `{KNEE}`, or a limit such as `{names[0]} >= 80` or `{names[1]} <= 0.5`"
    try:
        limit = float(found["value"]) if found else None
    except ValueError:
        limit = None
    if found is None or limit is None:
        raise ArgumentError(f"`{text}` picks no network of a front", example)
    name = found["name"]
    if name not in names:
        help = did_you_mean(name, names) or f"they are {listed(names, last='and')}"
        raise ArgumentError(f"the front has no objective `{name}`", help)
    within = _COMPARED[found["sign"]]
    kept = [k for k, point in enumerate(points) if any(within(value, limit) for value in as_shown(point.values[name]))]
    if not kept:
        ordered = sorted(points, key=lambda point: point.values[name])
        reach = f"its networks have {ordered[0].shown(name)} to {ordered[-1].shown(name)}"
        raise ArgumentError(f"no network of the front has `{text.strip()}`", reach)
    other = 1 - names.index(name)
    return min(kept, key=lambda k: signed(points[k])[other]) + 1
