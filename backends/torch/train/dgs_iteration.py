"""The results of an iteration of a surrogate search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from spikegraph.backends.torch.train.dgs_passes import Weights


@dataclass(frozen=True)
class Iteration:
    """The results of one iteration on one batch; tensors on the device, detached.

    Attributes:
        loss: The loss with the current weights, a scalar.
        mixed_loss: The loss of the mixed output, a scalar.
        weights: The weights of each candidate, by group.
        alphas: alpha [N] after its step, by group.
        norms: The norm of the weights' gradient for each candidate, [N], by group.
    """

    loss: Tensor
    mixed_loss: Tensor
    weights: Mapping[str, Sequence[Weights]]
    alphas: Mapping[str, Tensor]
    norms: Mapping[str, Tensor]

    def numbers(self) -> dict[str, list[float]]:
        """All but the weights, for the sums. Synchronises with the device once."""
        parts = {"loss": self.loss.view(1), "mixed_loss": self.mixed_loss.view(1)}
        parts |= {f"alpha {name}": value for name, value in self.alphas.items()}
        parts |= {f"norm {name}": value for name, value in self.norms.items()}
        read = iter(cast("list[float]", torch.cat([value.double() for value in parts.values()]).tolist()))  # pyright: ignore[reportUnknownMemberType]
        return {name: [next(read) for _ in range(len(value))] for name, value in parts.items()}
