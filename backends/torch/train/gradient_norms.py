"""Gradient norms of the weights at neurons whose surrogates are searched (Che et al., NeurIPS 2022, Fig. 4b)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor, nn

from spikegraph.analysis.dgs import groups
from spikegraph.backends.torch.parameters import leaf_at
from spikegraph.runs.step_numbers import PREFIX

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model

Watched = Mapping[str, Sequence[nn.Parameter]]
"""The weights in the local subgraph of each neuron, by the neuron's name."""


def watched_weights(model: Model) -> Watched:
    """The weights at every instrumented neuron, by the neuron's name."""
    return {g.name: [p for w in g.weights for p in _parameters(model, w)] for g in groups(model.graph)}


def gradient_norms(watched: Watched) -> dict[str, Float[Tensor, ""]]:
    """The gradient norm of the last step at each neuron, after clipping; scalars [] on the device."""
    norms: dict[str, Tensor] = {}
    for name, parameters in watched.items():
        parts = [p.grad.norm() for p in parameters if p.grad is not None]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if parts:
            norms[PREFIX + name] = torch.linalg.vector_norm(torch.stack(parts))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
    return norms


def _parameters(model: Model, name: str) -> list[nn.Parameter]:
    leaf = leaf_at(model, name)
    assert leaf is not None
    return list(leaf.parameters(recurse=False))
