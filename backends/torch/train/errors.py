"""What can go wrong in a training, in words for its user."""

from __future__ import annotations


class TrainError(Exception):
    """Training can't begin or go on.

    Attributes:
        summary: What is wrong, in one line.
        help: How to mend it, in one line, if that is known.
    """

    def __init__(self, summary: str, help: str | None = None) -> None:
        super().__init__(summary, help)
        self.summary, self.help = summary, help

    def __str__(self) -> str:
        return self.summary if self.help is None else f"{self.summary} (help: {self.help})"


class LossError(TrainError):
    """A loss that doesn't fit the output it is given."""


class CheckpointError(TrainError):
    """A checkpoint that can't be read, or belongs to another model."""


class RunFolderError(TrainError):
    """A folder that this run can't write into."""


class DivergedError(TrainError):
    """A loss or a weight that is no longer a finite number."""
