"""What can go wrong for a user: one line that says what, one that says how to fix it, and the program's exit status."""

from pathlib import Path
from typing import ClassVar

WRONG_SPEC, WRONG_USAGE, FAILED = 1, 2, 3
"""Exit statuses of the program: the spec is wrong, the call is wrong, it failed while running."""


class UserError(Exception):
    """An error that a user can fix; every white space in its texts is collapsed, so that each stays on one line.

    Attributes:
        summary: What is wrong.
        help: How to fix it, if that is known.
        path: The file or folder in question, if there is one.
        code: The diagnostic's code, if it has one.
        status: The exit status of the program.
    """

    status: ClassVar[int] = FAILED

    def __init__(self, summary: str, help: str | None = None, *, path: Path | None = None, code: str | None = None) -> None:
        self.summary = " ".join(summary.split())
        self.help = None if help is None else " ".join(help.split())
        self.path, self.code = path, code
        super().__init__(self.summary, self.help, path, code)

    @property
    def message(self) -> str:
        """The summary behind the path, as the command line prints it."""
        return self.summary if self.path is None else f"{self.path}: {self.summary}"

    def __str__(self) -> str:
        return self.message if self.help is None else f"{self.message} (help: {self.help})"


class DataError(UserError):
    """A data file is missing, damaged, or not what its format says."""

    def __init__(self, summary: str, path: Path | None = None, help: str | None = None) -> None:
        super().__init__(summary, help, path=path)


class TrainError(UserError):
    """Training can't begin or continue."""


class DivergedError(TrainError):
    """A loss or a weight that is no longer a finite number."""


class RunFolderError(TrainError):
    """A run's folder, or a file in it, that can't be read, written or resumed."""


class CheckpointError(TrainError):
    """A checkpoint that can't be read, or belongs to another model."""


class RenderError(UserError):
    """A picture that can't be made."""


class NotThereError(RenderError):
    """A diagram of something that isn't there; whoever asked for it can ask otherwise."""

    status = WRONG_USAGE


class NoArchitectureError(UserError):
    """A path where no architecture is."""

    status = WRONG_USAGE


class PassError(UserError):
    """A pass that can't be applied to this graph."""

    status = WRONG_USAGE

    def __init__(self, summary: str, help: str | None = None, code: str = "SG0604") -> None:
        super().__init__(summary, help, code=code)


class Interrupted(Exception):  # noqa: N818 (being asked to end is no error)
    """The run was asked to end, and is saved; `--resume` continues it.

    Attributes:
        saved: The newest checkpoint, if one was written.
    """

    def __init__(self, saved: str | None) -> None:
        super().__init__(saved)
        self.saved = saved

    def __str__(self) -> str:
        return f"interrupted; saved in {self.saved}, `--resume` continues" if self.saved else "interrupted"
