"""Errors of the system during a run: they say how to continue."""

import shlex
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path

from spikegraph.base.errors import RunFolderError
from spikegraph.base.file_errors import fix
from spikegraph.plugins.local_files import loaded_files
from spikegraph.runs.folder import RunFolder


def resume_command(folder: Path, plugins: Iterable[str] = (), processes: int = 1) -> str:
    """The command that continues the run in a folder, with the files of its plug-ins and as many processes."""
    words = ("spikegraph", "compile", "--train", "--out", str(folder), "--resume", *_given(plugins))
    return shlex.join(started(words, processes))


def resume_command_of(folder: Path, processes: int | None = None) -> str:
    """The command that continues what is in a folder.

    Args:
        folder: A run's, whose manifest has its plug-ins; of another one, as a sweep's, they are those of this process.
        processes: How many processes train together; by default as many as the manifest has.
    """
    try:
        held = RunFolder(folder).read_manifest()
    except RunFolderError:  # there is none yet, or it is damaged
        return resume_command(folder, map(str, loaded_files()), processes or 1)
    return resume_command(folder, held.plugin_paths, processes or held.processes)


def rerun_command(folder: Path, plugins: Iterable[str] = (), processes: int = 1) -> str:
    """The command that repeats the run in a folder, in a folder beside it, with the same plug-ins and processes."""
    words = ("spikegraph", "rerun", str(folder), *_given(plugins), "-o", f"{folder}-again")
    return shlex.join(started(words, processes))


def _given(plugins: Iterable[str]) -> list[str]:
    return [word for path in plugins for word in ("--plugin", path)]


def started(command: Sequence[str], processes: int) -> list[str]:
    """The words of a command with those that start it in several processes of one machine."""
    return [*(("torchrun", "--nproc-per-node", str(processes), "-m") if processes > 1 else ()), *command]


@contextmanager
def resumable(folder: Path) -> Generator[None]:
    """Turns a full disk and the like into an error that names the file, the fix, and the command that continues the run.

    Raises:
        RunFolderError: A file can't be written; earlier files are intact.
    """
    try:
        yield
    except OSError as error:
        known = fix(error)
        if known is None:
            raise
        path = folder if error.filename is None else Path(error.filename)
        help = f"{known}, then continue with `{resume_command_of(folder)}`"
        raise RunFolderError(error.strerror or str(error), help, path=path) from error
