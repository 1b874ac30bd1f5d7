"""The interfaces of a data set and of all data sets of a run."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from spikegraph.dsl.schema.sample_type import SampleType


@runtime_checkable
class Samples(Protocol):
    """A data set: `StereoDataset`, or one whose items are pairs of an image [C, H, W] and its class (int).

    An image is [T, C, H, W] where each time step has its own.

    A data set with augmentation also has `set_epoch(n)`; the augmentation depends only on its seed, n and the index.
    """

    def __len__(self) -> int:
        """The number of samples."""
        ...

    def __getitem__(self, index: int, /) -> Any:
        """The sample at `index`."""
        ...


class DataSets(Protocol):
    """The data sets of a run, such as `StereoSets` or `ImageSets`."""

    @property
    def train(self) -> Samples:
        """Training set."""
        ...

    @property
    def test(self) -> Samples:
        """Test set."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """Notices to print."""
        ...

    @property
    def source(self) -> str:
        """The origin of the data, in one line."""
        ...

    @property
    def sha256(self) -> str:
        """The hash of the data's content."""
        ...

    @property
    def sample_type(self) -> SampleType:
        """The type of the samples."""
        ...

    def held_out(self, share: float | Literal["data"], seed: int) -> tuple[Samples, Samples]:
        """Training and validation set: a random share of the training set is held out, or the data set's own part is taken."""
        ...

    def baselines(self) -> Mapping[str, Mapping[str, float]]:
        """Metrics of simple methods on the test set, by the method's name."""
        ...
