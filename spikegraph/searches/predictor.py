"""Predicts how good an architecture is from others that were tried: a Gaussian process on their decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import log
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from spikegraph.searches.architecture import Architecture

Vector = NDArray[np.float64]

LENGTHS = (1.0, 3.0)
"""Differences in decisions over which two architectures stay alike."""

NOISES = (0.1, 0.5)
"""Variances of what a short training adds to the measure, beside the variance 1 of what it measures."""

COUNTS = (0.0, 0.5)
"""Shares of the variance that the numbers of each operation explain linearly."""


@dataclass(frozen=True)
class Predictor:
    """The process after some measures.

    The kernel is (1 - c) exp(-d / length) + c φ φ', with the number d of different decisions and the standardised counts φ of
    operations. Measures count by their ranks. Length, noise and c are those of the largest marginal likelihood.

    Attributes:
        tried: The architectures with a measure.
        mean: Their posterior means, in standard deviations; lower is better.
    """

    tried: tuple[Architecture, ...]
    mean: Vector
    _decisions: Mapping[str, int]
    _rows: Vector
    _phi: Vector
    _centre: Vector
    _scale: Vector
    _length: float
    _count: float
    _weights: Vector
    _inverse: Vector

    @classmethod
    def of(cls, measures: Mapping[Architecture, float]) -> "Predictor":
        """The process after these measures, of which lower is better; infinite ones are the worst."""
        tried = tuple(measures)
        names = {name: k for k, name in enumerate(sorted({d for a in tried for d in a.decisions}))}
        rows, raw = _one_hot(tried, names), _counts(tried, names)
        centre, scale = raw.mean(0), raw.std(0)
        scale[scale == 0] = 1
        phi = (raw - centre) / scale / np.sqrt(max(raw.shape[1], 1))
        y = normal_scores(list(measures.values()))
        distance = _distances(rows, rows)
        best: tuple[float, tuple[float, float, Vector, Vector, Vector]] | None = None
        for length, noise, count in product(LENGTHS, NOISES, COUNTS):
            kernel = (1 - count) * np.exp(-distance / length) + count * phi @ phi.T
            inverse = _inverted(kernel + noise * np.eye(len(y)))
            weights: Vector = inverse @ y
            spread = max(float(y @ weights) / len(y), 1e-12)
            _, determinant = np.linalg.slogdet(inverse)
            likelihood = 0.5 * float(determinant) - 0.5 * len(y) * log(spread)
            if best is None or likelihood > best[0]:
                best = likelihood, (length, count, weights, inverse, kernel @ weights)
        assert best is not None
        length, count, weights, inverse, mean = best[1]
        return cls(tried, mean, names, rows, phi, centre, scale, length, count, weights, inverse)

    def predict(self, architectures: Sequence[Architecture]) -> tuple[Vector, Vector]:
        """Mean and standard deviation of new architectures."""
        rows = _one_hot(architectures, self._decisions)
        phi = (_counts(architectures, self._decisions) - self._centre) / self._scale / np.sqrt(max(len(self._centre), 1))
        size = np.array([[len(a.decisions)] for a in architectures], float)
        known = rows.sum(1, keepdims=True)
        distance = _distances(rows, self._rows) + (size - known) / 2
        kernel = (1 - self._count) * np.exp(-distance / self._length) + self._count * phi @ self._phi.T
        own = (1 - self._count) + self._count * (phi * phi).sum(1)
        variance = own - np.einsum("ij,jk,ik->i", kernel, self._inverse, kernel)
        return kernel @ self._weights, np.sqrt(np.clip(variance, 0, None))


def ascending(values: Vector) -> list[int]:
    """The numbers of the values, the least first; equal ones in their order."""
    return sorted(range(len(values)), key=lambda k: float(values[k]))


def _inverted(matrix: Vector) -> Vector:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def normal_scores(values: Sequence[float]) -> Vector:
    """Ranks as quantiles of the normal distribution, with mean 0 and standard deviation 1; equal values get their mean rank."""
    array = np.asarray(values, float)
    order = np.sort(array)
    ranks = (np.searchsorted(order, array, "left") + np.searchsorted(order, array, "right") + 1) / 2
    scores = np.array([NormalDist().inv_cdf(float(r - 0.5) / len(array)) for r in ranks])
    spread = scores.std()
    return scores / spread if spread > 0 else scores


def _one_hot(architectures: Sequence[Architecture], names: Mapping[str, int]) -> Vector:
    rows = np.zeros((len(architectures), len(names)))
    for row, architecture in zip(rows, architectures, strict=True):
        row[[names[d] for d in architecture.decisions if d in names]] = 1
    return rows


def _counts(architectures: Sequence[Architecture], names: Mapping[str, int]) -> Vector:
    """How often each operation and each source occurs."""
    kinds = sorted({part for name in names for part in _parts(name)})
    number = {kind: k for k, kind in enumerate(kinds)}
    found = np.zeros((len(architectures), len(kinds)))
    for row, architecture in zip(found, architectures, strict=True):
        for decision in architecture.decisions:
            for part in _parts(decision):
                if part in number:
                    row[number[part]] += 1
    return found


def _parts(decision: str) -> tuple[str, ...]:
    """What a decision has in common with others: `normal.n1 = conv(prev)` has `normal conv` and `normal (prev)`."""
    place, _, value = decision.partition(" = ")
    cell = place.partition(".")[0].partition("[")[0]
    operation, bracket, source = value.partition("(")
    return (f"{cell} {operation}", f"{cell} ({source}") if bracket else (f"{cell} {value}",)


def _distances(a: Vector, b: Vector) -> Vector:
    """The number of decisions in which architectures differ."""
    return (a.sum(1)[:, None] + b.sum(1)[None, :] - 2 * a @ b.T) / 2
