"""The results of a surrogate search's iterations, and their sums, which checkpoints store."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

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


def _size(norm: float) -> float:
    return norm if math.isfinite(norm) else math.inf


@dataclass
class Record:
    """The sums over the finished iterations of a search.

    Attributes:
        iterations: Number of finished iterations.
        sums: Sums by name: `loss` and `mixed_loss` (one number), `alpha NEURON` and `norm NEURON` (one per candidate).
    """

    iterations: int = 0
    sums: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def add(self, found: Iteration) -> dict[str, float]:
        """Adds an iteration and returns its losses. Synchronises with the device once."""
        parts = {"loss": found.loss.view(1), "mixed_loss": found.mixed_loss.view(1)}
        parts |= {f"alpha {name}": value for name, value in found.alphas.items()}
        parts |= {f"norm {name}": value for name, value in found.norms.items()}
        numbers = iter(cast("list[float]", torch.cat([value.double() for value in parts.values()]).tolist()))  # pyright: ignore[reportUnknownMemberType]
        read = {name: [next(numbers) for _ in range(len(value))] for name, value in parts.items()}
        for name, values in read.items():
            before = self.sums.get(name, [0.0] * len(values))
            self.sums[name] = [a + b for a, b in zip(before, values, strict=True)]
        self.iterations += 1
        return {name: read[name][0] for name in ("loss", "mixed_loss")}

    def mean(self, what: str, neuron: str | None = None) -> list[float]:
        """The mean over the iterations: one number for a loss, N for values of candidates."""
        return [total / self.iterations for total in self.sums[what if neuron is None else f"{what} {neuron}"]]

    def largest_norm(self) -> str:
        """The neuron with the largest gradient, or the first with one that isn't finite."""
        norms = {name.removeprefix("norm "): max(map(_size, of)) for name, of in self.sums.items() if name.startswith("norm ")}
        return max(norms, key=norms.__getitem__)

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {"iterations": self.iterations, "sums": self.sums}
