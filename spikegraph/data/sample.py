"""One sample: what passes from a source through the steps to the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Change = Callable[[NDArray[Any]], NDArray[Any]]
"""Changes an array."""


def between(one: NDArray[Any], other: NDArray[Any], share: float) -> NDArray[np.float32]:
    """`share * one + (1 - share) * other` in float32, of arrays of one shape.

    Raises:
        ValueError: Their shapes differ.
    """
    if one.shape != other.shape:
        shapes = (" x ".join(map(str, x.shape)) for x in (one, other))
        raise ValueError("two samples differ in size: {} and {}".format(*shapes))
    return np.asarray(share * one.astype(np.float32) + (1 - share) * other.astype(np.float32), np.float32)


@dataclass(frozen=True)
class Mixed:
    """The other sample that a sample is mixed with, where targets can't be added up.

    Attributes:
        target: Its target, of the same form.
        share: The share of the sample's own target, from 0 to 1; the other one has the rest.
    """

    target: NDArray[Any]
    share: float


@dataclass(frozen=True)
class Move:
    """What a step does to the pixels of a sample.

    Attributes:
        arrays: Changes an array [..., H, W].
        scale: By what the row and the column of a place are multiplied.
        shift: What is added to them then.
    """

    arrays: Change
    scale: tuple[float, float] = (1.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)

    def points(self, places: NDArray[Any]) -> NDArray[Any]:
        """Where places go: rows and columns [..., 2], counted from the centre of the first pixel; whole numbers as float64."""
        kind = places.dtype if places.dtype.kind == "f" else np.dtype(np.float64)
        return places * np.asarray(self.scale, kind) + np.asarray(self.shift, kind)


@dataclass(frozen=True)
class Sample:
    """One sample.

    Attributes:
        inputs: The network's inputs by name, numbers of any type: [C, *size], or [T, C, *size] with time steps.
        target: What its network should give, as the task says: a class, int []; labels, int [H, W]; numbers [K] or [K, H, W],
            not finite where they aren't known. With `counted` those of the last T' steps, [T', ...].
        name: What it is called in tables and pictures, such as its recording and frame.
        steps: The number T of time steps that the inputs have; None if they are the same at every step.
        counted: Which targets of single steps count, bool [T']; None for one target.
        mixed: The class of the sample that it is mixed with; None if it is one sample alone.
    """

    inputs: Mapping[str, NDArray[Any]]
    target: NDArray[Any]
    name: str = ""
    steps: int | None = None
    counted: NDArray[np.bool_] | None = None
    mixed: Mixed | None = None

    def with_inputs(self, change: Change) -> Sample:
        """The sample with each input changed."""
        return replace(self, inputs={name: change(values) for name, values in self.inputs.items()})


@dataclass(frozen=True)
class About:
    """What all samples of a part of a data set have in common.

    Attributes:
        classes: Names of the classes, by number; empty if there are none.
        focal_baseline: Of stereo, focal length times baseline in pixel metres; None if depths aren't compared.
        disparities: Of stereo, the largest disparity that a matcher has to compare, in pixels.
        ignored: The labels that the loss of a network leaves out; nor do they count in its scores.
    """

    classes: tuple[str, ...] = ()
    focal_baseline: float | None = None
    disparities: int = 0
    ignored: tuple[int, ...] = ()
