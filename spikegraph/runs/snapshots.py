"""The architectures that a search passed through, retrained and measured."""

from collections.abc import Mapping
from pathlib import Path

from pydantic.dataclasses import dataclass

from spikegraph.runs.json_file import STRICT, read_record


@dataclass(frozen=True, config=STRICT)
class Measured:
    """The result of one snapshot.

    Attributes:
        epoch: Epoch of the search, counted from 1.
        epochs: Epochs of the retraining.
        metrics: On the validation set.
        loss: Mean loss of the last epoch.
        samples: Images in the validation set.
    """

    epoch: int
    epochs: int
    metrics: Mapping[str, float]
    loss: float
    samples: int


def read_measured(path: Path) -> Measured:
    """The result in a file.

    Raises:
        RunFolderError: The file can't be read, or is damaged.
    """
    return read_record(path, Measured, "delete the file; `spikegraph search-progress` measures the snapshot again")
