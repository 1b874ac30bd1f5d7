"""How large the weights' gradient is at the neurons whose surrogates are searched (Fig. 4b)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from spikegraph.analysis.dgs import groups
from spikegraph.backends.torch.parameters import leaf_at

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model

PREFIX = "gradient_norm "
"""What the names of these numbers begin with among the losses of a step."""


def watched(steps: Iterator[dict[str, Tensor]], model: Model) -> Iterator[dict[str, Tensor]]:
    """The results of training steps, each with the norm of the gradient that the step took at every instrumented neuron.

    The norm is over all weights of the neuron's local subgraph, as the optimiser got their gradient (clipped, if the run
    clips).
    """
    watched_weights = {g.name: [p for w in g.weights for p in _parameters(model, w)] for g in groups(model.graph)}
    for found in steps:
        norms: dict[str, Tensor] = {}
        for name, parameters in watched_weights.items():
            parts = [p.grad.norm() for p in parameters if p.grad is not None]
            if parts:
                norms[PREFIX + name] = torch.linalg.vector_norm(torch.stack(parts))
        yield found | norms


def split(numbers: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Losses, and the norms by the neuron's name."""
    losses = {name: value for name, value in numbers.items() if not name.startswith(PREFIX)}
    norms = {name.removeprefix(PREFIX): value for name, value in numbers.items() if name.startswith(PREFIX)}
    return losses, norms


def _parameters(model: Model, name: str) -> list[nn.Parameter]:
    leaf = leaf_at(model.tree, name)
    assert leaf is not None
    return list(leaf.parameters(recurse=False))
