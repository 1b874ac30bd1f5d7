"""The type of options that name a file to write."""

from pathlib import Path
from typing import Any

import click


class OutputFile(click.Path):
    """A file to write, which is none of a run: that couldn't be read any more."""

    def __init__(self, *, dir_okay: bool = False) -> None:
        super().__init__(path_type=Path, dir_okay=dir_okay)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; raises NotFoundError where it is a file of a run."""
        from spikegraph.runs.own_files import refuse_own_file  # noqa: PLC0415 (only where a file is written)

        if not value:
            self.fail("the name is empty", param, ctx)
        path: Any = super().convert(value, param, ctx)
        refuse_own_file(path)
        return path


OUTPUT = OutputFile()
