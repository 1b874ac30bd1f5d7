"""What the iterations of a surrogate search come to, and their sums: what a checkpoint keeps of a round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import Tensor

from spikegraph.backends.torch.train.dgs_passes import Weights


@dataclass(frozen=True)
class Iteration:
    """What one iteration on one batch came to; tensors on the device, detached.

    Attributes:
        loss: With the present weights.
        mixed_loss: Of the mixed output.
        weights: By group, w of each candidate.
        alphas: By group, [N], after their step.
        norms: By group, [N], the norm of the gradient of w under each candidate.
    """

    loss: Tensor
    mixed_loss: Tensor
    weights: Mapping[str, Sequence[Weights]]
    alphas: Mapping[str, Tensor]
    norms: Mapping[str, Tensor]


@dataclass
class Record:
    """What the iterations of a round came to so far.

    Attributes:
        iterations: Iterations done.
        sums: Over them, by what it is of: `loss`, `mixed_loss`, and, one number for each candidate, `alpha NEURON` and
            `norm NEURON`.
    """

    iterations: int = 0
    sums: dict[str, list[float]] = field(default_factory=dict)

    def add(self, found: Iteration) -> dict[str, float]:
        """Counts an iteration; returns its losses. Reading them waits for the device, once."""
        parts = {"loss": found.loss.view(1), "mixed_loss": found.mixed_loss.view(1)}
        parts |= {f"alpha {name}": value for name, value in found.alphas.items()}
        parts |= {f"norm {name}": value for name, value in found.norms.items()}
        numbers = iter(cast("list[float]", torch.cat([value.double() for value in parts.values()]).tolist()))
        read = {name: [next(numbers) for _ in range(len(value))] for name, value in parts.items()}
        for name, values in read.items():
            before = self.sums.get(name, [0.0] * len(values))
            self.sums[name] = [a + b for a, b in zip(before, values, strict=True)]
        self.iterations += 1
        return {name: read[name][0] for name in ("loss", "mixed_loss")}

    def mean(self, what: str, neuron: str | None = None) -> list[float]:
        """The mean over the iterations: one number of a loss, N of what each candidate has."""
        return [total / self.iterations for total in self.sums[what if neuron is None else f"{what} {neuron}"]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"iterations": self.iterations, "sums": self.sums}
