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

ENERGY = "energy"
"""The objective whose values say little without the name of their model."""

UNITS = {"accuracy": "%", ENERGY: "mJ", "latency": "ms"}
"""Units of objectives; that of an error is the one of the metric."""

UNNAMED = "unnamed model"
"""In place of an energy model that a front doesn't name."""

NUMBER = "{:02d}.sdhs"
"""The genotype file of a network on the front, counted from 1."""


@dataclass(frozen=True, config=STRICT)
class FrontPoint:
    """A network on the front.

    Attributes:
        candidate: The number of the candidate, whose training is in `trials/`.
        genotype: Its genotype file.
        values: The values of both objectives by name, the score first.
        energy_model: The model of the energy among them; None without one, and in files that don't name it.
    """

    candidate: Ordinal
    genotype: str
    values: Mapping[str, Real]
    energy_model: str | None = None

    @property
    def names(self) -> tuple[str, str]:
        """The names of the score and of the price."""
        score, price = self.values
        return score, price

    @property
    def labels(self) -> tuple[str, str]:
        """The names with their units, an energy with its model: `accuracy (%)` and `energy, cmos-45nm (mJ)`."""
        score, price = (_label(name, self.energy_model) for name in self.values)
        return score, price

    def shown(self, name: str) -> str:
        """The value of an objective with its unit, an energy with its model: `0.0123 mJ (cmos-45nm)`."""
        model = f" ({self.energy_model or UNNAMED})" if name == ENERGY else ""
        return f"{self.values[name]:.4g} {UNITS.get(name, '')}".rstrip() + model

    def __str__(self) -> str:
        """Both objectives: `accuracy 71.3 %, energy 0.0123 mJ (cmos-45nm)`."""
        return ", ".join(f"{name} {self.shown(name)}" for name in self.values)


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
    names = {(*point.values, point.energy_model) for point in found}
    if len(names) != 1 or {len(each) for each in names} != {3}:
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


def _label(name: str, model: str | None) -> str:
    """The name of an objective with its unit, and that of an energy with its model."""
    named = f"{name}, {model or UNNAMED}" if name == ENERGY else name
    return f"{named} ({UNITS[name]})" if name in UNITS else named


def head(points: Sequence[FrontPoint]) -> tuple[str, ...]:
    """The columns of a front as a table: first the number that its genotype file has."""
    return ("front", *points[0].labels, "candidate", "architecture")


def row(place: int, point: FrontPoint, architecture: str, *, knee: bool) -> tuple[str, ...]:
    """The row of a network of a front, at a place from 0; that of the knee is marked."""
    values = (f"{value:.4g}" for value in point.values.values())
    return (f"{place + 1}{' (knee)' if knee else ''}", *values, str(point.candidate), architecture)
