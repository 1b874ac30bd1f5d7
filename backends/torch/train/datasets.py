"""What a run needs of its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from spikegraph.backends.torch.train.batches import Samples


class DataSets(Protocol):
    """The data of a run, such as `StereoSets`."""

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
        """Notices for the user."""
        ...

    @property
    def source(self) -> str:
        """Where the data come from, in one line."""
        ...

    def baselines(self) -> Mapping[str, Mapping[str, float]]:
        """Metrics of simpler methods on the test set, by the method's name."""
        ...
