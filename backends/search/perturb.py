"""Perturbation-based choice (Wang et al., ICLR 2021): what a trained supernet misses most when it is removed is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from spikegraph.backends.search.ranking import losses_on_b
from spikegraph.backends.search.tuning import tune
from spikegraph.backends.torch.parameters import FORBIDDEN
from spikegraph.dsl.schema.methods import TUNING
from spikegraph.dsl.values import Value
from spikegraph.searches.architecture import Architecture, Edge

if TYPE_CHECKING:
    from torch import Tensor

    from spikegraph.backends.search.supernet import Path, Supernet
    from spikegraph.ir.cellspec import CellSpec


def by_perturbation(supernet: Supernet, options: Mapping[str, Value]) -> Architecture:
    """Decides edge by edge, in a random order, which candidate stays, then node by node which edges do.

    A candidate is removed from the mixture of its edge, whose other weights grow so that their sum stays 1. The candidate
    without which the loss on B is largest stays alone. When every edge has one candidate, the edges of a node are removed in
    turn, and those stay without which the loss is largest: with parameters of edges in the supernet, whose other edges gain
    the weight; else in the network of all edges that are left, each with weight 1. Between decisions the weights are trained
    for `epochs` epochs.

    The path of a trellis is the most probable one of beta: without a position the network has no output, so its removal says
    nothing. Candidates are compared in the mixture over all paths; edges without parameters on this path.
    """
    of = _Perturbation(supernet, TUNING.of(options))
    random = np.random.default_rng(supernet.search.seed("perturb"))
    edges = [(cell, row) for cell in supernet.cells.values() for row in range(len(cell.edge_list()))]
    nodes = [(cell, node) for cell in supernet.cells.values() for node, sources in cell.edges if len(sources) > cell.keep]
    for number, k in enumerate(random.permutation(len(edges)), 1):
        cell, row = edges[int(k)]
        of.choose_candidate(cell, row, f"candidates of edge {number} of {len(edges)}")
    for number, k in enumerate(random.permutation(len(nodes)), 1):
        cell, node = nodes[int(k)]
        of.choose_edges(cell, node, f"edges of node {number} of {len(nodes)}")
    return of.found


@dataclass
class _Perturbation:
    """The decisions so far.

    Attributes:
        supernet: Its architecture parameters change with the decisions.
        epochs: Epochs of training between decisions.
        rows: The edges that are left, with the candidate of each that is decided.
        losses: The loss without each candidate, by cell and row.
        paths: The path of each trellis.
    """

    supernet: Supernet
    epochs: int
    rows: dict[str, dict[int, int]] = field(init=False)
    losses: dict[tuple[str, int], list[float]] = field(default_factory=dict[tuple[str, int], list[float]])
    paths: dict[str, tuple[int, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = {name: {} for name in self.supernet.cells}
        self.paths = dict(self.supernet.decoded.paths)

    def choose_candidate(self, cell: CellSpec, row: int, title: str) -> None:
        """Keeps one candidate of an edge."""
        count, alpha = len(cell.candidates), self._parameter(f"{cell.name}.alpha")
        without = [alpha.detach().clone() for _ in range(count)]
        for k in range(count):
            without[k][row, k] = FORBIDDEN
        found = self._losses([{f"{cell.name}.alpha": value} for value in without], title) if count > 1 else [0.0]
        self.losses[cell.name, row] = found
        kept = self.rows[cell.name][row] = found.index(max(found))
        alpha.data[row] = FORBIDDEN
        alpha.data[row, kept] = 0.0
        self._tune(self.supernet.training, f"{cell.name} {row}")

    def choose_edges(self, cell: CellSpec, node: str, title: str) -> None:
        """Keeps as many edges of a node as its cell says."""
        name, left = f"{cell.name}.edges", self.rows[cell.name]
        afferent = [row for row, (to, _) in enumerate(cell.edge_list()) if to == node]
        weighted = name in self.supernet.model.architecture
        if weighted:
            parameter = self._parameter(name)
            without = [parameter.detach().clone() for _ in afferent]
            for value, row in zip(without, afferent, strict=True):
                value[row] = FORBIDDEN
            found = self._losses([{name: value} for value in without], title)
        else:
            found = losses_on_b(self.supernet, (partial(self._without, cell, row) for row in afferent), len(afferent), title)
        for place in sorted(range(len(afferent)), key=lambda k: (-found[k], k))[cell.keep :]:
            del left[afferent[place]]
            if weighted:
                self._parameter(name).data[afferent[place]] = FORBIDDEN
        network = self.supernet.training if weighted else self.supernet.chosen(self.rows, self.paths, statistics=True)
        self._tune(network, f"{cell.name} {node}")

    @property
    def found(self) -> Architecture:
        """What is left, with at most `max_skips` skips in each cell: the skips that the supernet misses least give way."""
        edges: list[Edge] = []
        for cell in self.supernet.cells.values():
            left, rows = self.rows[cell.name], cell.edge_list()
            skips = [k for k, candidate in enumerate(cell.candidates) if candidate.skip]
            others = [k for k in range(len(cell.candidates)) if k not in skips]
            if cell.max_skips is not None and others:
                missed = {row: self._missed(cell.name, row, kept, others) for row, kept in left.items() if kept in skips}
                for row in sorted(missed, key=lambda r: (missed[r], -r))[: max(len(missed) - cell.max_skips, 0)]:
                    left[row] = max(others, key=lambda k: self.losses[cell.name, row][k])
            edges += [Edge(cell.name, rows[r][0], cell.candidates[k].name, rows[r][1]) for r, k in sorted(left.items())]
        return Architecture(tuple(edges), tuple(self.paths.items()))

    def _missed(self, cell: str, row: int, kept: int, others: Sequence[int]) -> float:
        """By how much the loss is larger without the kept candidate than without the best other one."""
        losses = self.losses[cell, row]
        return losses[kept] - max(losses[k] for k in others)

    def _losses(self, changes: Sequence[Mapping[str, Tensor]], title: str) -> list[float]:
        return losses_on_b(self.supernet, (partial(self.supernet.changed, change) for change in changes), len(changes), title)

    def _without(self, cell: CellSpec, row: int) -> Path:
        """The network of all edges that are left but one."""
        left = {r: k for r, k in self.rows[cell.name].items() if r != row}
        return self.supernet.chosen({**self.rows, cell.name: left}, self.paths, statistics=False)

    def _parameter(self, name: str) -> torch.nn.Parameter:
        return self.supernet.model.architecture[name]

    def _tune(self, network: Path, decision: str) -> None:
        tune(self.supernet, network, self.epochs, decision)
