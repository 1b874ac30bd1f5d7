"""Samples with a truth for each pixel: label maps, optical flow, and what plug-ins add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class MapSample:
    """One sample.

    Attributes:
        inputs: The network's inputs by name, float32 [C, H, W], or [T, C, H, W] where each time step has its own.
        truth: Labels, int64 [H, W]; or numbers of the last time step, float32 [K, H, W], not finite where they aren't known,
            such as an optical flow [2, H, W]: pixels to the right and down.
        kind: The kind of truth: `labels`, `flow`, or that of a plug-in.
    """

    inputs: Mapping[str, NDArray[np.float32]]
    truth: NDArray[Any]
    kind: str = "labels"


class MapSource(Protocol):
    """Samples by number."""

    def __len__(self) -> int:
        """The number of samples."""
        ...

    def sample(self, index: int) -> MapSample:
        """One sample.

        Raises:
            DataError: It can't be read.
        """
        ...


@dataclass(frozen=True)
class MapData:
    """What the reader of such a data set returns.

    Attributes:
        train: Samples for training.
        test: Samples for the test.
        origin: Where they are from, in one line.
        notes: Notices to print once.
        classes: Names of the classes of label maps.
    """

    train: MapSource
    test: MapSource
    origin: str
    notes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
