"""The type of options that name a file to write."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from spikegraph.base.errors import NotFoundError
from spikegraph.base.visible import visible_name


class OutputFile(click.Path):
    """A file to write, which is none of a run: that couldn't be read any more.

    Attributes:
        specs: Whether specs or genotypes are written; else a name that ends as theirs do is refused.
    """

    def __init__(self, *, dir_okay: bool = False, specs: bool = False) -> None:
        super().__init__(path_type=Path, dir_okay=dir_okay)
        self.specs = specs

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; raises NotFoundError where it is a file of a run."""
        from spikegraph.runs.own_files import refuse_own_file, refuse_spec_name  # noqa: PLC0415 (only where a file is written)

        if not value:
            self.fail("the name is empty", param, ctx)
        path: Any = super().convert(value, param, ctx)
        refuse_own_file(path)
        if not self.specs:
            refuse_spec_name(path)
        return path


OUTPUT = OutputFile()
OUTPUT_OF_SPECS = OutputFile(specs=True)


def refuse_read(output: Path | None, read: Iterable[str | Path | None], option: str = "-o") -> None:
    """Refuses a file to write that a command reads, by whatever path.

    Raises:
        UsageError: It is one.
    """
    real = None if output is None else os.path.realpath(output)
    if real is not None and real in (os.path.realpath(path) for path in read if path is not None):
        raise click.UsageError(f"{option} would replace {visible_name(output)}, which the command reads; give another name")


def check_output(path: Path) -> None:
    """Checks, before the work, that a file can be written.

    Raises:
        NotFoundError: It is a folder, or its folder is missing.
        OSError: Its folder can't be written into.
    """
    if path.is_dir():
        raise NotFoundError(f"{visible_name(path)} is a folder", "give the path of a file")
    if not path.parent.is_dir():
        raise NotFoundError(f"there is no folder {visible_name(path.parent)}", "make it, or choose another one")
    if not (path.exists() or os.access(path.parent, os.W_OK)):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))
