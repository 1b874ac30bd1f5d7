"""The points of a sweep: a run for each combination of values and each seed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from itertools import product
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from spikegraph.runs.json_file import STRICT

LARGEST_SEED = 2**32 - 1
MOST_POINTS = 100_000
LONGEST_NAME = 100
NAME = r"[A-Za-z0-9_][A-Za-z0-9_.,=+-]*"
"""Names of points, which are names of folders too."""

_RANGE = re.compile(r"([0-9]{1,10})(?:-([0-9]{1,10}))?")
_OPENING, _CLOSING = "([{", ")]}"


@dataclass(frozen=True, config=STRICT)
class Point:
    """A run of a sweep.

    Attributes:
        name: The name of its folder: `seed-3`, `lr=0.01`, `lr=0.01,seed-3`.
        seed: Its random seed.
        overrides: The values in which it differs from other points, `path=value` each.
    """

    name: Annotated[str, Field(pattern=f"^{NAME}$", max_length=2 * LONGEST_NAME)]
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED)]
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, config=STRICT)
class Axis:
    """A value of the spec that varies.

    Attributes:
        path: Its path, such as `search.weights.lr`.
        values: Its values, as text of the language.
    """

    path: str
    values: tuple[str, ...]


def points(seeds: Sequence[int], axes: Sequence[Axis] = ()) -> tuple[Point, ...]:
    """Every combination of values with every seed; seeds vary first.

    Raises:
        ValueError: There are too many, or one path is given twice.
    """
    paths = [axis.path for axis in axes]
    if twice := [path for path in paths if paths.count(path) > 1]:
        raise ValueError(f"`{twice[0]}` is given twice; write all its values in one: {twice[0]}=A,B")
    count = len(seeds)
    for axis in axes:
        count *= len(axis.values)
    if count > MOST_POINTS:
        raise ValueError(f"these are {count:,} runs; a sweep has at most {MOST_POINTS:,}")
    words = _short(paths)
    found: dict[str, Point] = {}
    for values in product(*(axis.values for axis in axes)):
        shown = ",".join(f"{word}={_safe(value)}" for word, value in zip(words, values, strict=True))
        overrides = tuple(f"{path}={value}" for path, value in zip(paths, values, strict=True))
        for seed in seeds:
            seeded = f"seed-{seed}" if len(seeds) > 1 or not axes else ""
            name = _free(",".join(part for part in (shown[:LONGEST_NAME], seeded) if part), found)
            found[name] = Point(name, seed, overrides)
    return tuple(found.values())


def seeds_of(text: str) -> tuple[int, ...]:
    """The seeds that a text names, such as `0-4`, `0,3,7` or `0-2,9`.

    Raises:
        ValueError: The text names no seeds, or one twice.
    """
    found: list[int] = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"`{text[:60]}` isn't a list of seeds; write a range or numbers, such as 0-4 or 0,3,7")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last > LARGEST_SEED:
            raise ValueError(f"`{part.strip()}` isn't a range of seeds from 0 to {LARGEST_SEED}")
        if last - first >= MOST_POINTS:
            raise ValueError(f"`{part.strip()}` are {last - first + 1:,} seeds; a sweep has at most {MOST_POINTS:,} runs")
        found += range(first, last + 1)
    if len(set(found)) < len(found):
        raise ValueError(f"`{text[:60]}` names the seed {next(s for s, count in Counter(found).items() if count > 1)} twice")
    return tuple(found)


def axis_of(text: str, meaning: Callable[[str], Hashable]) -> Axis:
    """The values of `PATH=A,B`; a comma inside of brackets or quotes doesn't divide.

    Args:
        text: The text.
        meaning: What a value says, equal for all spellings of it.

    Raises:
        ValueError: The text isn't `PATH=A,B`, or has one value twice.
    """
    path, equals, rest = text.partition("=")
    values = tuple(part.strip() for part in _divided(rest))
    if not equals or not path.strip() or not all(values):
        raise ValueError(f"`{text[:60]}` isn't PATH=A,B, such as `search.weights.lr=0.01,0.025`")
    first: dict[Hashable, str] = {}
    for value in values if len(values) > 1 else ():
        key = meaning(value)
        if key in first:
            other = f", as `{value}` too" if value != first[key] else ""
            raise ValueError(f"`{text[:60]}` has the value `{first[key]}` twice{other}")
        first[key] = value
    return Axis(path.strip(), values)


def _divided(text: str) -> list[str]:
    parts, depth, quoted = [""], 0, False
    for letter in text:
        quoted ^= letter == '"'
        depth += 0 if quoted else (letter in _OPENING) - (letter in _CLOSING)
        if letter == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _short(paths: Sequence[str]) -> list[str]:
    """The ends of paths that tell them apart, such as `lr`, or `search.weights.lr` beside `retrain.weights.lr`."""
    found: list[str] = []
    for path in paths:
        parts = path.split(".")
        ends = [".".join(parts[k:]) for k in range(len(parts) - 1, -1, -1)]
        alone = (e for e in ends if not any(o != path and (o == e or o.endswith(f".{e}")) for o in paths))
        found.append(_safe(next(alone, path)).lstrip(".+-") or "_")
    return found


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.+-]+", "_", text).strip("_") or "_"


def _free(name: str, taken: object) -> str:
    wanted, count = name, 1
    while name in taken:  # type: ignore[operator]
        count += 1
        name = f"{wanted}-{count}"
    return name
