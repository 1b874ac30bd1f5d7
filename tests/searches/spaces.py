"""A small space, and trainings without networks, for tests of methods."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spikegraph.ir.cellspec import CandidateSpec, CellSpec, EdgeStage
from spikegraph.ir.neuron import Neuron
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.cell_space import CellSpace, Paths
from spikegraph.searches.space import Space
from spikegraph.searches.trials import Progress

NEURON = Neuron()
CONV = CandidateSpec(name="conv", stages=(EdgeStage(op="conv", params={"kernel": 3}),))
SKIP = CandidateSpec(name="skip", stages=(EdgeStage(op="identity"),))


def cell(nodes: int = 3, name: str = "normal", **more: Any) -> CellSpec:
    sources = [("prev2", "prev", *(f"n{k}" for k in range(node))) for node in range(nodes)]
    edges = tuple((f"n{node}", of) for node, of in enumerate(sources))
    values = {"name": name, "inputs": ("prev2", "prev"), "nodes": nodes, "candidates": (CONV, SKIP), "neuron": NEURON}
    return CellSpec(**{**values, "edges": edges, **more})


SMALL = CellSpace((cell(),))
"""1,152 architectures."""

WITH_PATH = CellSpace((cell(2),), (Paths("path", 3, 3),))


@dataclass
class Counted:
    """Trainings whose final loss is given; the loss after a share of a training has noise."""

    space: Space
    loss: Callable[[Architecture], float]
    noise: float = 0.0
    least: float = 0.125
    price: Callable[[Architecture], float] | None = None
    done: dict[Architecture, float] = field(default_factory=dict[Architecture, float])
    asked: list[tuple[Architecture, float]] = field(default_factory=list[tuple[Architecture, float]])

    @property
    def cost(self) -> float:
        return sum(self.done.values())

    def train(self, architecture: Architecture, share: float) -> Progress:
        self.asked.append((architecture, share))
        self.done[architecture] = max(self.done.get(architecture, 0.0), share)
        draw = np.random.default_rng([*architecture.text().encode(), round(1000 * share)])
        loss = self.loss(architecture) + self.noise * (1 - share) * draw.standard_normal()
        return Progress(share, loss, loss, None if self.price is None else self.price(architecture))


@dataclass
class Search:
    """A search as methods see it."""

    trials: Counted
    options: dict[str, Any]
    random: np.random.Generator


def searching(trials: Counted, seed: int = 0, **options: Any) -> Search:
    return Search(trials, {"share": None, **options}, np.random.default_rng(seed))


def convolutions(architecture: Architecture) -> float:
    """A loss that falls with the number of convolutions, and by wiring: least with all convolutions from `prev2`."""
    edges = architecture.edges
    return -sum((e.operation == "conv") + 0.5 * (e.source == "prev2") for e in edges) / len(edges)
