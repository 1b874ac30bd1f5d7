"""The interface of a run's data sets."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from spikegraph.backends.torch.train.batches import Samples
from spikegraph.dsl.schema.sample_type import SampleType


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
