"""The front of a search for two objectives: `front/front.json`, from the least price to the best score."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from spikegraph.base.errors import RunFolderError
from spikegraph.base.files import write_whole
from spikegraph.base.surface import argument
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.json_file import STRICT, Ordinal, Real, problem, read_bytes

HIGHER = ("accuracy",)
"""Objectives of which more is better."""

UNITS = {"accuracy": "%", "energy": "mJ", "latency": "ms"}
"""Units of objectives; that of an error is the one of the metric."""

NUMBER = "{:02d}.sdhs"
"""The genotype file of a network on the front, counted from 1."""


@dataclass(frozen=True, config=STRICT)
class FrontPoint:
    """A network on the front.

    Attributes:
        candidate: The number of the candidate, whose training is in `trials/`.
        genotype: Its genotype file.
        values: The values of both objectives by name, the score first.
    """

    candidate: Ordinal
    genotype: str
    values: Mapping[str, Real]

    @property
    def names(self) -> tuple[str, str]:
        """The names of the score and of the price."""
        score, price = self.values
        return score, price


_POINTS = TypeAdapter(tuple[FrontPoint, ...])


def front_file(run: RunFolder) -> Path:
    """`front/front.json`."""
    return run.path / "front" / "front.json"


def genotype_file(run: RunFolder, number: int) -> Path:
    """`front/03.sdhs`: the genotype of a network on the front, counted from 1 at the least price."""
    return front_file(run).with_name(NUMBER.format(number))


def read_front(run: RunFolder) -> tuple[FrontPoint, ...]:
    """The front of a run, from the least price; empty if its search has found none, or has one objective.

    Raises:
        RunFolderError: The file is damaged.
    """
    path = front_file(run)
    if not path.exists():
        return ()
    fix = f"delete the file; {argument('resume')} of a run whose search goes on writes it again"
    data = read_bytes(path, fix)
    try:
        found = _POINTS.validate_json(data)
    except ValidationError as error:
        raise RunFolderError(problem(error, data), fix, path=path) from error
    names = {tuple(point.values) for point in found}
    if len(names) != 1 or {len(each) for each in names} != {2}:
        raise RunFolderError("its networks don't have the same two objectives", fix, path=path)
    return found


def write_front(run: RunFolder, points: Sequence[FrontPoint]) -> None:
    """Writes the front, and a genotype file for each network.

    Raises:
        OSError: A file can't be written.
    """
    path = front_file(run)
    path.parent.mkdir(exist_ok=True)
    for number, point in enumerate(points, 1):
        write_whole(genotype_file(run, number), point.genotype)
    write_whole(path, json.dumps([asdict(point) for point in points], indent=2, allow_nan=False) + "\n")


def signed(point: FrontPoint) -> tuple[float, float]:
    """The values of both objectives, such that lower is better."""
    score, price = ((-value if name in HIGHER else value) for name, value in point.values.items())
    return score, price


def knee(points: Sequence[FrontPoint]) -> int:
    """The number of the point that is farthest below the line between the ends (Das, Structural Optimization 1999).

    Both objectives are scaled to the range that they have on the front. Of equal ones it is that with the best score, so of two
    points the better one.
    """
    values = [signed(point) for point in points]
    ends = [(min(each), max(each)) for each in zip(*values, strict=True)]

    def above(k: int) -> tuple[float, float]:
        shares = [(value - low) / ((high - low) or 1.0) for value, (low, high) in zip(values[k], ends, strict=True)]
        return round(sum(shares), 12), values[k][0]

    return min(range(len(points)), key=above)


def shown(name: str, value: float) -> str:
    """A value of an objective with its unit: `0.0123 mJ`."""
    return f"{value:.4g} {UNITS.get(name, '')}".rstrip()


def labelled(values: Mapping[str, float]) -> dict[str, float]:
    """Values of objectives by their names with units: `energy (mJ)`."""
    return {f"{name} ({UNITS[name]})" if name in UNITS else name: value for name, value in values.items()}


def head(points: Sequence[FrontPoint]) -> tuple[str, ...]:
    """The columns of a front as a table: first the number that its genotype file has."""
    return ("front", *labelled(points[0].values), "candidate", "architecture")


def row(place: int, point: FrontPoint, architecture: str, *, knee: bool) -> tuple[str, ...]:
    """The row of a network of a front, at a place from 0; that of the knee is marked."""
    values = (f"{value:.4g}" for value in point.values.values())
    return (f"{place + 1}{' (knee)' if knee else ''}", *values, str(point.candidate), architecture)
