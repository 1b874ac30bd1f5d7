"""Errors for users: a summary, a fix, and the exit status of the program."""

from pathlib import Path
from signal import SIGINT
from typing import ClassVar

from spikegraph.base.surface import argument
from spikegraph.base.visible import visible_name

WRONG_INPUT, WRONG_USAGE, FAILED = 1, 2, 3
"""Exit statuses of the program: the spec or the data are wrong, the command line is wrong, failure while running."""


class UserError(Exception):
    """An error that a user can fix. White space in its texts is collapsed, so that each text is one line.

    Attributes:
        summary: Description of the error.
        help: How to fix it, if that is known.
        path: The file or folder of the error, if there is one.
        code: Diagnostic code, if it has one.
        details: Lines that follow the summary.
        status: Exit status of the program.
    """

    status: ClassVar[int] = FAILED

    def __init__(
        self,
        summary: str,
        help: str | None = None,
        *,
        path: Path | None = None,
        code: str | None = None,
        details: tuple[str, ...] = (),
    ) -> None:
        self.summary = " ".join(summary.split())
        self.help = None if help is None else " ".join(help.split())
        self.path, self.code, self.details = path, code, tuple(" ".join(line.split()) for line in details)
        super().__init__(self.summary, self.help)  # what a worker process sends; the rest is in its state

    @property
    def message(self) -> str:
        """The path and the summary, as the command line prints them."""
        return self.summary if self.path is None else f"{visible_name(self.path)}: {self.summary}"

    def __str__(self) -> str:
        parts = (self.message, *(f"\n  {line}" for line in self.details), "\n" if self.details else " ")
        return self.message if self.help is None else f"{''.join(parts)}(help: {self.help})"


class NotFoundError(UserError):
    """A path or a name on the command line doesn't exist."""

    status = WRONG_USAGE


class ArgumentError(UserError, ValueError):
    """An argument of a function has a value that it can't have."""

    status = WRONG_USAGE


class InputError(ValueError):
    """The inputs don't fit the network; the message names the input, and the axis or the fix."""


class DataError(UserError):
    """A data file is missing, damaged, or does not follow its format."""

    status = WRONG_INPUT

    def __init__(self, summary: str, path: Path | None = None, help: str | None = None) -> None:
        super().__init__(summary, help, path=path)


class TrainError(UserError):
    """Training can't start or continue."""


class NoTimeStepsError(TrainError):
    """Time steps are asked for of still images, which have none."""

    status = WRONG_USAGE


class UntrainableError(TrainError):
    """The spec lacks something that the training needs, or doesn't fit the data."""

    status = WRONG_INPUT


class OutputError(UntrainableError):
    """A network lacks the output that a loss or a metric needs."""


class NotStreamableError(UserError):
    """A network can't be run one time step at a time."""

    status = WRONG_INPUT


class DivergedError(TrainError):
    """A loss, a weight or an output is no longer finite, or far too large."""


class OutOfMemoryError(TrainError):
    """Memory ran out, on the CPU or on a GPU."""


class RunFolderError(TrainError):
    """A run folder, or a file in it, can't be read, written or resumed."""


class InUseError(RunFolderError):
    """Another process owns a folder."""


class NotARunError(RunFolderError):
    """A folder on the command line isn't the folder of a run."""

    status = WRONG_USAGE


class CheckpointError(TrainError):
    """A checkpoint can't be read or is of another model."""


class MisfitError(CheckpointError):
    """A checkpoint is of another model, optimizer or device."""


class RenderError(UserError):
    """A diagram can't be rendered."""


class NotThereError(RenderError):
    """The subject of a diagram does not exist, or its file format is not supported."""

    status = WRONG_USAGE


class NoArchitectureError(UserError):
    """A file or run has no architecture."""

    status = WRONG_USAGE


class PassError(UserError):
    """A pass can't be applied to a graph."""

    status = WRONG_USAGE

    def __init__(self, summary: str, help: str | None = None, code: str = "SG0604") -> None:
        super().__init__(summary, help, code=code)


class ValidationError(UserError):
    """A pass changes what the network computes."""

    def __init__(self, summary: str, help: str | None = None) -> None:
        super().__init__(summary, help, code="SG0605")


class NoReferenceError(UserError):
    """An operation or a neuron model of a plug-in has no reference or no samples, so nothing can be compared with it."""

    def __init__(self, summary: str, help: str) -> None:
        super().__init__(summary, f"{help}; where nothing is validated it is trusted", code="SG0606")


class PluginError(UserError):
    """A plug-in is missing, or can't be loaded."""


class Interrupted(Exception):  # noqa: N818 (an interruption is not an error)
    """A run was interrupted after saving its state; `--resume` continues it.

    Attributes:
        saved: The latest checkpoint, if one was written.
        number: The signal that ended the run.
    """

    def __init__(self, saved: str | None = None, number: int = SIGINT) -> None:
        super().__init__(saved, number)
        self.saved, self.number = saved, number

    @property
    def status(self) -> int:
        """Exit status of the program: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP."""
        return 128 + self.number

    def __str__(self) -> str:
        return f"interrupted; saved in {self.saved}, `{argument('resume')}` continues" if self.saved else "interrupted"
