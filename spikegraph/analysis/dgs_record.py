"""The sums over the iterations of a surrogate search, which checkpoints store."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


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

    def add(self, found: Mapping[str, Sequence[float]]) -> None:
        """Adds the numbers of an iteration."""
        for name, values in found.items():
            before = self.sums.get(name, [0.0] * len(values))
            self.sums[name] = [a + b for a, b in zip(before, values, strict=True)]
        self.iterations += 1

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
