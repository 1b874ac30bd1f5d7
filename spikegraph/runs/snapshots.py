"""Results of the search's snapshots, after a short retraining."""

from collections.abc import Mapping
from pathlib import Path

from pydantic.dataclasses import dataclass

from spikegraph.runs.json_file import STRICT, Count, Ordinal, Real, read_record


@dataclass(frozen=True, config=STRICT)
class Measured:
    """The result of one retrained snapshot.

    Attributes:
        epoch: Epoch of the search, counted from 1.
        epochs: Number of epochs of the retraining.
        metrics: Metrics on the validation set.
        loss: Mean loss of the last epoch.
        samples: Images in the validation set.
    """

    epoch: Ordinal
    epochs: Ordinal
    metrics: Mapping[str, Real]
    loss: Real
    samples: Count


def read_measured(path: Path) -> Measured:
    """Reads the result in a file.

    Raises:
        RunFolderError: The file can't be read, or is damaged.
    """
    return read_record(path, Measured, "delete the file; `spikegraph search-progress` evaluates the snapshot again")
