"""The interface of a run's data sets."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from spikegraph.backends.torch.train.batches import Samples


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

    def baselines(self) -> Mapping[str, Mapping[str, float]]:
        """Metrics of simple methods on the test set, by the method's name."""
        ...
