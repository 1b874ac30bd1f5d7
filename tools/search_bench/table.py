"""Tables of trained cells: the file format, and the space that a table makes."""

import gzip
import json
import zlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from spikegraph.searches.architecture import Architecture, Edge
from spikegraph.searches.trials import LEAST_SHARE, least_share

HIGHER = ("accuracy",)
"""Endings of the names of curves of which higher is better."""


MOST = 1e300
"""Numbers of a table are below it; infinity and NaN aren't."""


class TableError(Exception):
    """A table can't be used; the text names file, line and fix."""


@dataclass(frozen=True)
class Row:
    """A trained cell.

    Attributes:
        training: The training measure after each point, lower is better.
        validation: The validation measure, lower is better; None where it wasn't measured.
        test: The test accuracy in percent.
        parameters: The number of weights, if the table has it.
        prices: What a second objective may be, by name: `parameters`, and what the row has under `energy`.
    """

    training: tuple[float, ...]
    validation: tuple[float | None, ...]
    test: float
    parameters: int | None = None
    prices: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class Table:
    """The cells of a table; each method sees `rows`, and is judged by `truth`.

    Attributes:
        name: Its name.
        points: Points of each curve.
        least: The smallest share of a training after which cells are compared.
        rows: The cells that methods train.
        truth: The test accuracy by which a cell is judged: of another seed where the table has one.
        own_seed: It is that of the run which the methods see.
        networks: What cells have in common that are one network; a cell that isn't here is one of its own.
        prices: The prices by which a cell is judged, of the same seeds as `truth`.
    """

    name: str
    points: int
    least: float
    rows: Mapping[Architecture, Row]
    truth: Mapping[Architecture, float]
    own_seed: bool = True
    networks: Mapping[Architecture, str] = field(default_factory=dict[Architecture, str])
    prices: Mapping[Architecture, Mapping[str, float]] = field(default_factory=dict[Architecture, Mapping[str, float]])

    def priced(self, objective: str) -> "Table":
        """The cells that have a price, for the methods and for the judge.

        Raises:
            TableError: Fewer than two have it.
        """
        kept = [cell for cell in self.rows if objective in self.rows[cell].prices and objective in self.prices.get(cell, ())]
        if len(kept) < 2:
            known = sorted({name for cell in self.rows for name in self.rows[cell].prices})
            has = f"it has {', '.join(known)}" if known else "it has no prices"
            raise TableError(f"table {self.name}: fewer than two cells have `{objective}`; {has}")
        rows, truth = ({cell: of[cell] for cell in kept} for of in (self.rows, self.truth))
        return replace(self, rows=rows, truth=truth, prices={cell: self.prices[cell] for cell in kept})

    def network(self, architecture: Architecture) -> Hashable:
        """What two cells have in common if and only if they are one network."""
        return self.networks.get(architecture, architecture)

    @property
    def best(self) -> float:
        """The best test accuracy."""
        return max(self.truth.values())

    @property
    def size(self) -> int:
        """The number of cells."""
        return len(self.rows)

    @cached_property
    def cells(self) -> Sequence[Architecture]:
        """The cells in the order of the file."""
        return tuple(self.rows)

    @cached_property
    def _near(self) -> Mapping[tuple[Edge, ...], list[Architecture]]:
        """The cells with the same edges but one, by those and the node of the other."""
        near: dict[tuple[Edge, ...], list[Architecture]] = {}
        for cell in self.cells:
            for rest in _rests(cell):
                near.setdefault(rest, []).append(cell)
        return near

    def draw(self, random: np.random.Generator) -> Architecture:
        """A cell, each with the same probability."""
        return self.cells[int(random.integers(self.size))]

    def mutated(self, architecture: Architecture, random: np.random.Generator) -> Architecture:
        """A cell that differs in one edge; itself if the table has none."""
        rests = list(_rests(architecture))
        random.shuffle(rests)
        for rest in rests:
            others = [cell for cell in self._near[rest] if cell != architecture]
            if others:
                return others[int(random.integers(len(others)))]
        return architecture


@cache
def _rests(cell: Architecture) -> list[tuple[Edge, ...]]:
    """For each edge the others, with a mark of its node in its place."""
    edges = cell.edges
    return [tuple(sorted((*edges[:k], *edges[k + 1 :], Edge(edge.cell, edge.node, "", "")))) for k, edge in enumerate(edges)]


def read_table(path: Path) -> Table:
    """Reads a table.

    Raises:
        TableError: The file can't be read, or a line is wrong.
    """
    lines = [(number, line) for number, line in enumerate(_text(path).splitlines(), 1) if line.strip()]
    if not lines:
        raise TableError(f"{path}: it is empty; docs/search.md has the format")
    head = _head(path, *lines[0])
    points, steps = int(head["points"]), head.get("steps")
    by_seed: dict[int, dict[Architecture, Row]] = {}
    networks: dict[Architecture, str] = {}
    named: dict[tuple[Edge, ...], Architecture] = {}
    for number, line in lines[1:]:
        found = _object(path, number, line)
        try:
            cell, seed, row = _row(found, points)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            what = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)
            raise TableError(f"{path}:{number}: {what}; docs/search.md has the format") from error
        cell = named.setdefault(tuple(sorted(cell.edges)), cell)  # the order of terms and nodes has no meaning
        if cell in by_seed.setdefault(seed, {}):
            raise TableError(f"{path}:{number}: seed {seed} has this cell already")
        by_seed[seed][cell] = row
        if "network" in found:
            networks[cell] = str(found["network"])
    if not by_seed:
        raise TableError(f"{path}: it has no cells")
    seeds = sorted(by_seed)
    rows = by_seed[seeds[0]]
    others = [by_seed[seed] for seed in seeds[1:]]
    judged = {cell for cell in rows if others and all(cell in other for other in others)}
    if judged and len(judged) > len(rows) // 2:
        rows = {cell: row for cell, row in rows.items() if cell in judged}
        truth = {cell: float(np.mean([other[cell].test for other in others])) for cell in rows}
    else:
        others = []
        truth = {cell: row.test for cell, row in rows.items()}
    judges = others or [rows]
    prices = {cell: _mean([of[cell].prices for of in judges if cell in of]) for cell in rows}
    least = LEAST_SHARE if steps is None else least_share(float(steps))
    least = min(np.ceil(least * points - 1e-9) / points, 1.0)
    return Table(str(head["table"]), points, float(least), rows, truth, own_seed=not others, networks=networks, prices=prices)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    except UnicodeDecodeError as error:
        raise TableError(f"{path}: not a text in UTF-8: {error}") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TableError(f"{path}: not a gzip file: {error}") from error
    except OSError as error:
        raise TableError(f"{path}: {error.strerror}") from error


def _head(path: Path, number: int, line: str) -> Mapping[str, Any]:
    """The first line, whose `points` are a whole number from 1 and whose `steps`, if it has them, are above 0."""
    head = _object(path, number, line)
    if "table" not in head:
        raise TableError(f'{path}:{number}: the first line must be the head, such as {{"table": "name", "points": 100}}')
    points, steps = head.get("points"), head.get("steps", 1)
    if not _is_number(points) or points < 1 or points % 1:
        why = f"`points` must be a whole number from 1, the length of every curve, not {json.dumps(points)}"
        raise TableError(f"{path}:{number}: {why}")
    if not _is_number(steps) or steps <= 0:
        why = f"`steps` must be a number above 0, the steps of a training, not {json.dumps(steps)}"
        raise TableError(f"{path}:{number}: {why}")
    return head


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST


def _mean(prices: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    """The mean of each price over those that have it."""
    names = dict.fromkeys(name for each in prices for name in each)
    return {name: float(np.mean([each[name] for each in prices if name in each])) for name in names}


def _object(path: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise TableError(f"{path}:{number}: not JSON: {error}") from error
    if not isinstance(found, dict):
        raise TableError(f"{path}:{number}: not a JSON object")
    return found


def _row(found: Mapping[str, Any], points: int) -> tuple[Architecture, int, Row]:
    cell = Architecture(tuple(_edges(found["genotype"])))
    curves = {name: values for name, values in found.items() if isinstance(values, list)}
    if wrong := [name for name, values in curves.items() if len(values) != points]:
        raise ValueError(f"`{wrong[0]}` has {len(curves[wrong[0]])} points, not {points}")
    training = _signed(curves, "train_loss", "train_accuracy")
    validation = _signed(curves, "validation_accuracy", "validation_loss")
    if training is None or validation is None or None in training or validation[-1] is None:
        raise ValueError("a cell needs a training and a validation curve, which ends with a number")
    parameters = found.get("parameters")
    prices = {} if parameters is None else {"parameters": float(parameters)}
    prices |= {str(name): float(value) for name, value in found.get("energy", {}).items()}
    row = Row(tuple(x for x in training if x is not None), validation, float(found["test_accuracy"]), parameters, prices)
    return cell, int(found.get("seed", 0)), row


def _edges(genotype: Mapping[str, Sequence[str]]) -> list[Edge]:
    edges: list[Edge] = []
    for node, terms in genotype.items():
        for term in terms:
            operation, bracket, source = term.partition("(")
            if not bracket or not source.endswith(")"):
                raise ValueError(f"`{term}` isn't of the form operation(source)")
            edges.append(Edge("cell", node, operation, source[:-1]))
    return edges


def _signed(curves: Mapping[str, list[float | None]], *names: str) -> tuple[float | None, ...] | None:
    """The first of these curves that a row has, such that lower is better."""
    for name in names:
        if name in curves:
            sign = -1.0 if name.endswith(HIGHER) else 1.0
            return tuple(None if x is None else sign * float(x) for x in curves[name])
    return None
