"""Problems that a check of a folder collects: one in one place doesn't stop the other checks."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ParamSpec, TypeVar

from spikegraph.base.errors import DataError

Found = TypeVar("Found")
Given = ParamSpec("Given")

OnProgress = Callable[[int, int], None]
"""Called with the number of files that were read and their total."""


class Checks:
    """Collects what is wrong with the files of a folder.

    Attributes:
        folder: The folder.
        problems: What must be fixed; each names its file, relative to the folder.
        notes: What a user should know.
    """

    def __init__(self, folder: Path, on_progress: OnProgress | None = None, total: int = 0) -> None:
        """Collects nothing yet.

        Args:
            folder: The folder.
            on_progress: Called after each file that `file` reads.
            total: The number of these files.
        """
        self.folder, self.problems, self.notes = folder, list[str](), list[str]()
        self._on_progress, self._done, self._total = on_progress, 0, total

    def of(self, look: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found | None:
        """What a function finds, called with what is given; None if that is damaged, which is a problem."""
        try:
            return look(*given, **named)
        except DataError as error:
            self.problems.append(problem_text(error, self.folder))
            return None

    def file(self, look: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found | None:
        """As `of`, for one of the files whose progress is told."""
        found = self.of(look, *given, **named)
        self._done += 1
        if self._on_progress is not None:
            self._on_progress(self._done, self._total)
        return found


def problem_text(error: DataError, root: Path) -> str:
    """A problem with the name of its file, relative to the folder that was checked if it is in it."""
    path = error.path
    where = "" if path in (None, root) else f"{path.relative_to(root) if path.is_relative_to(root) else path}: "
    return where + error.summary + (f" ({error.help})" if error.help else "")


def finding_lines(problems: Iterable[str], notes: Iterable[str]) -> list[str]:
    """Lines of a report."""
    return [f"  problem: {problem}" for problem in problems] + [f"  note: {note}" for note in notes]


def per_second(count: int, seconds: float) -> float:
    """How many there are per second; 0 if they take no time."""
    return count / seconds if seconds > 0 else 0.0
