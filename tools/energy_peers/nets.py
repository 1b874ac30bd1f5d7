"""The nets that the energy peers count, as arrays: those of `tests/vectors/energy.npz`, and two of linear layers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

VECTORS = Path(__file__).parents[2] / "tests" / "vectors" / "energy.npz"
ABOVE_HALF = 0.5 + 1 / 128
"""A threshold that no sum of 64ths is at."""


@dataclass(frozen=True)
class Layer:
    """A layer with neurons behind it.

    Attributes:
        weight: [out, in / groups, k, k] of a convolution, [out, in] of a linear layer.
        window: Stride, padding, dilation and groups of a convolution; None of a linear layer.
    """

    weight: NDArray[np.float64]
    window: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class Net:
    """A net whose neurons do u[t] = decay * v[t-1] + I[t], fire where u > threshold, and then start again from 0.

    Attributes:
        layers: Its layers.
        input: [T, N, C, H, W] or [T, N, C], of -1, 0 and 1.
        decay: Of the potentials.
        threshold: Above which a neuron fires.
    """

    layers: tuple[Layer, ...]
    input: NDArray[np.float64]
    decay: float
    threshold: float


def _of_vectors(name: str) -> Net:
    with np.load(VECTORS) as z:
        decay, threshold = map(float, z[f"{name}/decay_threshold"])
        layers: list[Layer] = []
        while f"{name}/weight{len(layers)}" in z:
            _, _, stride, padding, dilation, groups = map(int, z[f"{name}/layer{len(layers)}"])
            layers.append(Layer(z[f"{name}/weight{len(layers)}"], (stride, padding, dilation, groups)))
        return Net(tuple(layers), z[f"{name}/input"].astype(float), decay, threshold)


def _linear(*, pruned: bool = False) -> Net:
    """20 -> 30 -> 10 neurons without a decay, with weights in 64ths; pruned, every fourth weight is 0."""
    shapes, layers = ((30, 20), (10, 30)), list[Layer]()
    for shape in shapes:
        row, column = np.indices(shape)
        weight = (2 * ((7 * row + 13 * column) % 33) - 25) / 64
        layers.append(Layer(np.where(pruned & ((row + column) % 4 == 0), 0.0, weight)))
    step, _, place = np.indices((5, 1, 20))
    return Net(tuple(layers), ((5 * place + 3 * step + place * step) % 4 == 0).astype(float), 1.0, ABOVE_HALF)


def nets() -> dict[str, Net]:
    """All nets by their names."""
    found = {name: _of_vectors(name) for name in ("plain", "strided", "signed")}
    return found | {"linear": _linear(), "pruned": _linear(pruned=True)}
