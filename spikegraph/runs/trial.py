"""The candidates that a search trains: a folder for each in `trials/`, with its genotype, numbers and checkpoints.

Controls, which are random architectures beside the searched one, have such folders in `controls/`.
"""

import math
import shutil
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from spikegraph.runs.folder import RunFolder
from spikegraph.runs.json_file import STRICT, Real, read_record, write_record
from spikegraph.runs.summary import Metrics

FORMAT_VERSION = 1


@dataclass(frozen=True, config=STRICT)
class TrialPoint:
    """How far a candidate is after a share of its training; of the numbers, lower is better, and None is worst.

    Attributes:
        share: The share.
        training: The mean training loss of the last quarter of the steps; None if the training diverged.
        validation: The validation's first metric, negative where higher is better; None without a validation.
    """

    share: Real
    training: Real | None
    validation: Real | None = None


@dataclass(frozen=True, config=STRICT)
class TrialRecord:
    """`trial.json` of a candidate.

    Attributes:
        points: By rising share.
        seconds: Time of its training.
        test: Of a control, the metrics on the test set.
    """

    points: tuple[TrialPoint, ...] = field(default=())
    seconds: Real = 0.0
    test: Metrics = field(default_factory=dict[str, float])

    def at(self, share: float) -> TrialPoint | None:
        """The point of a share, if the candidate has been there."""
        return next((point for point in self.points if math.isclose(point.share, share)), None)


def read_trial(path: Path) -> TrialRecord:
    """The record in a file; an empty one if there is none.

    Raises:
        RunFolderError: The file is damaged.
    """
    if not path.exists():
        return TrialRecord()
    return read_record(path, TrialRecord, "delete the file; --resume trains the candidate again", FORMAT_VERSION)


def write_trial(path: Path, record: TrialRecord) -> None:
    """Writes the record.

    Raises:
        OSError: The file can't be written.
    """
    write_record(path, record, FORMAT_VERSION)


def strip(folder: RunFolder) -> None:
    """Deletes what only goes on with a training: checkpoints and weights. Genotype, numbers and journal stay.

    Raises:
        OSError: A file can't be deleted.
    """
    shutil.rmtree(folder.checkpoints, ignore_errors=True)
    folder.trained.unlink(missing_ok=True)
