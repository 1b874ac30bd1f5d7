"""What a task's trained supernets choose: methods on its table whose cost includes that of the supernet."""

from collections.abc import Mapping, Sequence
from typing import Any

from entry import Entry
from supernet_rows import line_of
from table import Table

from spikegraph.searches.architecture import Architecture
from spikegraph.searches.methods.halving import FIRST_RUNG, halving_cost, successive_halving
from spikegraph.searches.rounds import ROUNDS, in_rounds

DRAWS = 100
"""Cells that are drawn for the ranking by shared weights."""

COST = sum(0.5**number / part for number, part in enumerate(ROUNDS))
"""The cost of a ranking in rounds, as a share of one in which nothing drops out."""

Row = Mapping[str, Any]


def from_supernets(table: Table, rows: Sequence[Row], cost: int) -> list[Entry]:
    """The entries of each method that has supernets, at most at this cost; a replay takes one of them."""
    found: list[Entry] = []
    for method in dict.fromkeys(str(row["method"]) for row in rows):
        own = [row for row in rows if row["method"] == method]
        supernet = sum(float(row["trainings"]) for row in own) / len(own)
        draws = min(DRAWS, table.size)
        ranking = COST * draws * sum(float(row["ranking"]) for row in own) / len(own)
        decoded = _known(table, own)
        if decoded and supernet <= cost:
            found.append(Entry(method if "perturb" in method else f"{method}, alpha", _decoded(decoded), {}, supernet))
        if method.startswith("single_path"):
            ranking = 0.0  # its search has already ranked as many
        if "perturb" in method:
            continue
        if supernet + ranking <= cost:
            found.append(Entry(f"{method}, shared weights", _ranked(table, own, draws, 1), {}, supernet + ranking))
        left, count = cost - supernet - ranking, 1
        while halving_cost(count + 1, max(FIRST_RUNG, table.least)) <= left:
            count += 1
        if count > 1:
            found.append(Entry(f"{method}, halving({count})", _ranked(table, own, draws, count), {}, supernet + ranking))
    return found


def _known(table: Table, rows: Sequence[Row]) -> list[Architecture]:
    """The cells that supernets decoded, as far as the table has them."""
    cells = {line_of(cell): cell for cell in table.cells}
    return [cells[row["decoded"]] for row in rows if row["decoded"] in cells]


def _decoded(known: Sequence[Architecture]) -> Any:
    def choose(search: Any) -> Architecture:
        return known[int(search.random.integers(len(known)))]

    return choose


def _ranked(table: Table, rows: Sequence[Row], draws: int, count: int) -> Any:
    cells = {line_of(cell): cell for cell in table.cells}

    def choose(search: Any) -> Architecture:
        losses = rows[int(search.random.integers(len(rows)))]["losses"]
        names = [name for name in losses if name in cells]
        drawn = [names[k] for k in search.random.permutation(len(names))[:draws]]
        order = in_rounds(len(drawn), lambda number, left: [losses[drawn[k]][number] for k in left])
        best = [cells[drawn[k]] for k in order[:count]]
        if count == 1:
            return best[0]
        return successive_halving(search.trials, best, max(FIRST_RUNG, table.least))

    return choose


def correlations_of(table: Table, rows: Sequence[Row]) -> list[tuple[str, list[tuple[float, float]]]]:
    """For each supernet the pairs of minus its loss, or of alpha's log-probability, and the accuracy, over the cells."""
    cells = {line_of(cell): cell for cell in table.cells}
    found: list[tuple[str, list[tuple[float, float]]]] = []
    for row in rows:
        method, alpha = row["method"], row["alpha"]
        if "perturb" in method:  # the same supernet as without it
            continue
        sums = {name: mean_of(row["losses"][name]) for name in cells}
        pairs = [(-loss, table.truth[cells[name]]) for name, loss in sums.items()]
        found.append((f"shared weights of `{method}`", pairs))
        if alpha is not None:
            logged = [(float(sum(alpha[d] for d in edges_of(cell))), table.truth[cell]) for cell in table.cells]
            found.append((f"alpha of `{method}`", logged))
    return found


def mean_of(losses: Sequence[float]) -> float:
    """The mean loss over all samples, of those of the rounds."""
    return float(sum(loss / part for loss, part in zip(losses, ROUNDS, strict=True)))


def edges_of(cell: Architecture) -> list[str]:
    """The edges of a cell, as the rows of supernets name them."""
    return [f"{edge.node} = {edge.operation}({edge.source})" for edge in cell.edges]
