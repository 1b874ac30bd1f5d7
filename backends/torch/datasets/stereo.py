"""Event stereo as data sets for PyTorch: sequences of stacks from two cameras with disparity as truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from spikegraph.data.rectification import SIDES
from spikegraph.data.stacks import StackSource
from spikegraph.data.stereo_augment import Box, RandomCrop, draw_box
from spikegraph.data.windows import Window


class StereoItem(NamedTuple):
    """One sample: B burn-in stacks, then T stacks with a label each.

    Attributes:
        left: float32 [B + T, n, H, W] of -1, 0, 1.
        right: Likewise.
        disparity: Truth of the last T stacks in pixels, float32 [T, H, W], inf where invalid.
        labelled: Which of the T truths count, bool [T]; the others are invalid everywhere.
        name: Recording and number of the first labelled stack.
    """

    left: Tensor
    right: Tensor
    disparity: Tensor
    labelled: Tensor
    name: str


class StereoBatch(NamedTuple):
    """N samples, time first.

    Attributes:
        left: float32 [B + T, N, n, H, W].
        right: Likewise.
        disparity: float32 [T, N, H, W], inf where invalid.
        labelled: bool [T, N].
        names: N names.
    """

    left: Tensor
    right: Tensor
    disparity: Tensor
    labelled: Tensor
    names: tuple[str, ...]


class StereoStep(NamedTuple):
    """One stack of a stream.

    Attributes:
        left: float32 [1, n, H, W], the leading axis being N.
        right: Likewise.
        disparity: float32 [1, H, W] in pixels, inf where invalid.
        labelled: Whether the truth counts.
        first: Whether a new stream begins here, so that the network's state has to be the initial one.
        name: Recording and number of the stack.
    """

    left: Tensor
    right: Tensor
    disparity: Tensor
    labelled: bool
    first: bool
    name: str


class StereoDataset(Dataset[StereoItem]):
    """Windows of recordings as samples."""

    def __init__(
        self,
        sources: Mapping[str, StackSource],
        windows: Sequence[Window],
        *,
        burn_in: int,
        augment: Sequence[RandomCrop] = (),
        seed: int = 0,
    ) -> None:
        """Nothing is read yet.

        Args:
            sources: The recordings, by name.
            windows: The samples, each with the same number T of stacks.
            burn_in: Stacks B before the labelled ones.
            augment: Done in this order; see `augment.draw_box`.
            seed: Of the augmentation.

        Raises:
            ValueError: A negative burn-in, windows of different lengths, or an augmentation that does not fit.
        """
        if burn_in < 0:
            raise ValueError(f"burn_in must not be negative, it is {burn_in}")
        if len({len(window.labelled) for window in windows}) > 1:
            raise ValueError("all windows must have one length")
        self.sources, self.windows = sources, tuple(windows)
        self.burn_in, self.augment, self.seed, self.epoch = burn_in, tuple(augment), seed, 0
        for source in sources.values():
            draw_box(self.augment, source.recording.size, seed=0, epoch=0, index=0)

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def labelled_frames(self) -> int:
        """Number of truths that count."""
        return sum(sum(window.labelled) for window in self.windows)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch of the augmentation: a sample's crop depends on seed, epoch and index alone."""
        self.epoch = epoch

    def __getitem__(self, index: int) -> StereoItem:
        """The sample `index`.

        Raises:
            IndexError: There is no such sample.
            DataError: The recording cannot be read.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        window = self.windows[index]
        source = self.sources[window.recording]
        box = draw_box(self.augment, source.recording.size, seed=self.seed, epoch=self.epoch, index=index)
        numbers = range(window.first - self.burn_in, window.first + len(window.labelled))
        left, right = (_crop(np.stack([source.stack(side, k) for k in numbers]), box) for side in SIDES)
        truth = [self._truth(source, k, labelled) for k, labelled in enumerate(window.labelled, window.first)]
        return StereoItem(
            left,
            right,
            _crop(np.stack(truth), box),
            torch.tensor(window.labelled),
            f"{window.recording}/{window.first}",
        )

    @staticmethod
    def _truth(source: StackSource, k: int, labelled: bool) -> NDArray[np.float32]:
        return source.disparity(k) if labelled else np.full(source.recording.size, np.inf, dtype=np.float32)

    def stream(self) -> Iterator[StereoStep]:
        """All windows as single consecutive stacks, without augmentation.

        A new stream begins, with its burn-in, wherever a window does not go on from the one before. A stack that two
        windows share comes once.
        """
        before: tuple[str, int] | None = None
        for window in self.windows:
            source = self.sources[window.recording]
            goes_on = before is not None and before[0] == window.recording and window.first <= before[1] + 1
            begin = before[1] + 1 if before is not None and goes_on else window.first - self.burn_in
            stop = window.first + len(window.labelled)
            for k in range(begin, stop):
                labelled = k >= window.first and window.labelled[k - window.first]
                left, right = (torch.from_numpy(source.stack(side, k)).float()[None] for side in SIDES)
                truth = torch.from_numpy(self._truth(source, k, labelled))[None]
                first = not goes_on and k == begin
                yield StereoStep(left, right, truth, labelled, first, f"{window.recording}/{k}")
            before = (window.recording, stop - 1)

    def truths(self) -> Iterator[tuple[str, int, NDArray[np.float32]]]:
        """Recording, frame number and disparity [H, W] of every truth that counts, in order."""
        for window in self.windows:
            for k, labelled in enumerate(window.labelled, window.first):
                if labelled:
                    yield window.recording, k, self.sources[window.recording].disparity(k)


def _crop(array: NDArray[np.generic], box: Box) -> Tensor:
    """The one place where a sample is cropped: arrays [..., H, W] of either view or of the truth."""
    rows, columns = box.slices
    return torch.from_numpy(np.ascontiguousarray(array[..., rows, columns], dtype=np.float32))


def collate(items: Sequence[StereoItem]) -> StereoBatch:
    """Join samples along N.

    Samples of different sizes, of which some were cropped and some not, are extended below and on the right to the
    largest, with no events and invalid truth.
    """
    height, width = (max(item.disparity.shape[axis] for item in items) for axis in (-2, -1))
    return StereoBatch(
        torch.stack([_extend(item.left, height, width, 0.0) for item in items], dim=1),
        torch.stack([_extend(item.right, height, width, 0.0) for item in items], dim=1),
        torch.stack([_extend(item.disparity, height, width, float("inf")) for item in items], dim=1),
        torch.stack([item.labelled for item in items], dim=1),
        tuple(item.name for item in items),
    )


def _extend(array: Tensor, height: int, width: int, value: float) -> Tensor:
    missing = (0, width - array.shape[-1], 0, height - array.shape[-2])
    return torch.nn.functional.pad(array, missing, value=value) if any(missing) else array
