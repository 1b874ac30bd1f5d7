"""The one error of this package: something is wrong with a user's files."""

from __future__ import annotations

from pathlib import Path


class DataError(Exception):
    """A data file is missing, damaged, or not what its format says.

    Attributes:
        path: The file or folder in question, if there is one.
        summary: What is wrong, in one line.
        help: How to mend it, in one line, if that is known.
    """

    def __init__(self, summary: str, path: Path | None = None, help: str | None = None) -> None:
        """Collapse every run of white space, so that the message stays on one line."""
        self.path = path
        self.summary = " ".join(summary.split())
        self.help = None if help is None else " ".join(help.split())
        super().__init__(self.summary, path, self.help)

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path is not None else ""
        mend = f" (help: {self.help})" if self.help is not None else ""
        return f"{where}{self.summary}{mend}"
