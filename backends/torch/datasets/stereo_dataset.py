"""PyTorch data sets of event stereo: sequences of event stacks of two cameras, with disparity as ground truth."""

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
    """One sample: B burn-in stacks, then T labelled stacks.

    Attributes:
        left: Stacks of the left camera, float32 [B + T, n, H, W] with values -1, 0, 1.
        right: Stacks of the right camera, likewise.
        disparity: Truth of the last T stacks in pixels, float32 [T, H, W], inf where invalid.
        labelled: Mask of the truths to evaluate, bool [T]; the others are invalid everywhere.
        name: Recording and index of the first labelled stack.
    """

    left: Tensor
    right: Tensor
    disparity: Tensor
    labelled: Tensor
    name: str


class StereoBatch(NamedTuple):
    """A batch of N samples, with time as the first axis.

    Attributes:
        left: Stacks of the left camera, float32 [B + T, N, n, H, W].
        right: Stacks of the right camera, likewise.
        disparity: Truth in pixels, float32 [T, N, H, W], inf where invalid.
        labelled: Mask of the truths to evaluate, bool [T, N].
        names: The names of the N samples.
    """

    left: Tensor
    right: Tensor
    disparity: Tensor
    labelled: Tensor
    names: tuple[str, ...]


class StereoStep(NamedTuple):
    """One stack of a stream.

    Attributes:
        left: The stack of the left camera, float32 [1, n, H, W] with N = 1 as the first axis.
        right: The stack of the right camera, likewise.
        disparity: Truth in pixels, float32 [1, H, W], inf where invalid.
        labelled: True if the truth is evaluated.
        first: True if a new stream begins, for which the network's state must be reset.
        name: Recording and index of the stack.
    """

    left: Tensor
    right: Tensor
    disparity: Tensor
    labelled: bool
    first: bool
    name: str


class StereoDataset(Dataset[StereoItem]):
    """A data set whose samples are windows of recordings."""

    def __init__(
        self,
        sources: Mapping[str, StackSource],
        windows: Sequence[Window],
        *,
        burn_in: int,
        augment: Sequence[RandomCrop] = (),
        seed: int = 0,
    ) -> None:
        """Makes a data set; recordings are read when samples are requested.

        Args:
            sources: The recordings, by name.
            windows: The samples, each with the same number T of stacks.
            burn_in: Number B of stacks before the labelled ones.
            augment: The augmentations, in order; see `augment.draw_box`.
            seed: Seed of the augmentation.

        Raises:
            ValueError: The burn-in is negative, the windows' lengths differ, or a crop is larger than the frames.
        """
        if burn_in < 0:
            raise ValueError(f"burn_in must not be negative, but is {burn_in}")
        if len({len(window.labelled) for window in windows}) > 1:
            raise ValueError("all windows must have the same length")
        self.sources, self.windows = sources, tuple(windows)
        self.burn_in, self.augment, self.seed, self.epoch = burn_in, tuple(augment), seed, 0
        for source in sources.values():
            draw_box(self.augment, source.recording.size, seed=0, epoch=0, index=0)

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def labelled_frames(self) -> int:
        """Number of truths to evaluate."""
        return sum(sum(window.labelled) for window in self.windows)

    def label_names(self, index: int) -> frozenset[tuple[str, int]]:
        """Recording and frame of each truth of a sample; overlapping windows share some."""
        window = self.windows[index]
        return frozenset((window.recording, k) for k, labelled in enumerate(window.labelled, window.first) if labelled)

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch; a sample's crop depends only on seed, epoch and index."""
        self.epoch = epoch

    def __getitem__(self, index: int) -> StereoItem:
        """The sample at `index`.

        Raises:
            IndexError: There is no such sample.
            DataError: The recording can't be read.
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
            left, right, _crop(np.stack(truth), box), torch.tensor(window.labelled), f"{window.recording}/{window.first}"
        )

    @staticmethod
    def _truth(source: StackSource, k: int, labelled: bool) -> NDArray[np.float32]:
        return source.disparity(k) if labelled else np.full(source.recording.size, np.inf, dtype=np.float32)

    def stream(self) -> Iterator[StereoStep]:
        """Yields the stacks of all windows one by one, without augmentation.

        Where a window doesn't continue the previous one, a new stream begins with its burn-in. Stacks that two windows
        share are yielded once.
        """
        before: tuple[str, int] | None = None
        for window in self.windows:
            source = self.sources[window.recording]
            continues = before is not None and before[0] == window.recording and window.first <= before[1] + 1
            begin = before[1] + 1 if before is not None and continues else window.first - self.burn_in
            stop = window.first + len(window.labelled)
            for k in range(begin, stop):
                labelled = k >= window.first and window.labelled[k - window.first]
                left, right = (torch.from_numpy(source.stack(side, k)).float()[None] for side in SIDES)  # pyright: ignore[reportUnknownMemberType]
                truth = torch.from_numpy(self._truth(source, k, labelled))[None]  # pyright: ignore[reportUnknownMemberType]
                first = not continues and k == begin
                yield StereoStep(left, right, truth, labelled, first, f"{window.recording}/{k}")
            before = (window.recording, stop - 1)

    def truths(self) -> Iterator[tuple[str, int, NDArray[np.float32]]]:
        """Yields recording, frame index and disparity [H, W] in pixels of every truth to evaluate, in order."""
        for window in self.windows:
            for k, labelled in enumerate(window.labelled, window.first):
                if labelled:
                    yield window.recording, k, self.sources[window.recording].disparity(k)


def _crop(array: NDArray[np.generic], box: Box) -> Tensor:
    """Crops an array [..., H, W] of a view or of the truth; all cropping happens here."""
    rows, columns = box.slices
    return torch.from_numpy(np.ascontiguousarray(array[..., rows, columns], dtype=np.float32))  # pyright: ignore[reportUnknownMemberType]


def collate(items: Sequence[StereoItem]) -> StereoBatch:
    """Joins samples into a batch.

    If their sizes differ (because only some were cropped), samples are padded at the bottom and on the right, without
    events and with invalid truth.
    """
    height, width = (max(item.disparity.shape[axis] for item in items) for axis in (-2, -1))
    return StereoBatch(
        torch.stack([_padded(item.left, height, width, 0.0) for item in items], dim=1),
        torch.stack([_padded(item.right, height, width, 0.0) for item in items], dim=1),
        torch.stack([_padded(item.disparity, height, width, float("inf")) for item in items], dim=1),
        torch.stack([item.labelled for item in items], dim=1),
        tuple(item.name for item in items),
    )


def _padded(array: Tensor, height: int, width: int, value: float) -> Tensor:
    missing = (0, width - array.shape[-1], 0, height - array.shape[-2])
    return torch.nn.functional.pad(array, missing, value=value) if any(missing) else array
