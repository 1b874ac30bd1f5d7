"""The candidates that a search trains: a folder for each in `trials/`, with its genotype, numbers and checkpoints.

Controls, which are random architectures beside the searched one, have such folders in `controls/`.
"""

import math
import shutil
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from spikegraph.base.surface import argument
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.json_file import STRICT, Count, Real, read_record, write_record
from spikegraph.runs.summary import Metrics, SearchCost

FORMAT_VERSION = 1


@dataclass(frozen=True, config=STRICT)
class TrialPoint:
    """How far a candidate is after a share of its training; of the numbers, lower is better, and None is worst.

    Attributes:
        share: The share.
        training: The mean training loss of the last quarter of the steps; None if the training diverged.
        validation: The validation's first metric, with the other sign where higher is better; None without a validation.
        price: The second objective of the search; None of one that has one objective.
        higher: Whether higher is better of that metric; None without a validation, and in records of older versions.
    """

    share: Real
    training: Real | None
    validation: Real | None = None
    price: Real | None = None
    higher: bool | None = None

    @property
    def measured(self) -> float | None:
        """The validation's first metric as it was measured; in records of older versions none is negative."""
        if self.validation is None or self.higher is None:
            return None if self.validation is None else abs(self.validation)
        return -self.validation if self.higher else self.validation


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
    return read_record(path, TrialRecord, f"delete the file; {argument('resume')} trains the candidate again", FORMAT_VERSION)


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


def restart(folder: RunFolder) -> None:
    """Deletes what a training has left in a folder, so that it begins again.

    Raises:
        OSError: A file can't be deleted.
    """
    strip(folder)
    folder.metrics.unlink(missing_ok=True)
    folder.checkpoints.mkdir(exist_ok=True)


@dataclass(frozen=True, config=STRICT)
class Trial:
    """A candidate, as its folder shows it.

    Attributes:
        number: Its number, from 1.
        genotype: Its genotype file; None if it isn't there.
        record: Its numbers.
    """

    number: Count
    genotype: str | None
    record: TrialRecord

    @property
    def share(self) -> float:
        """The share of a training that it got; 0 before its first comparison."""
        return max((point.share for point in self.record.points), default=0.0)


def read_trials(run: RunFolder) -> list[Trial]:
    """The candidates of a run's search, by number.

    Raises:
        RunFolderError: A file is damaged.
    """
    names = [path.name for path in run.trials.glob("*") if path.name.isdecimal() and path.is_dir()]
    folders = sorted(((int(name), RunFolder(run.trials / name)) for name in names), key=lambda each: each[0])
    return [Trial(number, folder.read_genotype(), read_trial(folder.progress)) for number, folder in folders]


def cost_of(trials: Sequence[Trial], chosen: int | None = None) -> SearchCost | None:
    """What the candidates of a search cost, None without any; `chosen` is the number of the one that it found."""
    if not trials:
        return None
    return SearchCost(
        candidates=len(trials),
        trainings=round(sum(trial.share for trial in trials), 6),
        seconds=round(sum(trial.record.seconds for trial in trials), 3),
        chosen=chosen,
    )


def strip_trials(run: RunFolder) -> None:
    """Deletes the checkpoints and weights of all candidates, once the search is over.

    Raises:
        OSError: A file can't be deleted.
    """
    for path in run.trials.glob("*"):
        strip(RunFolder(path))
