"""The folder of results: a line for each step, the files of the chosen formats, and a summary at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from spikegraph.base.errors import RunFolderError
from spikegraph.base.files import write_whole
from spikegraph.streaming.results import WRITERS, Result, Streamed, Writer, line
from spikegraph.streaming.running import Counted

LINES, SUMMARY = "steps.jsonl", "summary.json"
"""The files that every folder of results has: a line for each step, and what happened in all."""


@contextmanager
def result_folder(
    path: Path, formats: Sequence[str], streamed: Streamed, counted: Counted
) -> Generator[tuple[Callable[[Result], None], ...]]:
    """A folder that results are written into as they come; yields what takes a result.

    Args:
        path: The folder; it is made.
        formats: Names of `WRITERS`.
        streamed: What the results have in common.
        counted: What the summary says at the end, also after an error.

    Raises:
        RunFolderError: There is something in the folder already.
        UserError: A format can't hold these results. After an error before the first result, what was made is gone again.
        OSError: The folder can't be written into.
    """
    there = path.exists()
    if there and (not path.is_dir() or any(path.iterdir())):
        raise RunFolderError("it isn't an empty folder", "give another one with -o, so that nothing is lost", path=path)
    path.mkdir(parents=True, exist_ok=True)
    try:
        with ExitStack() as stack:
            writers: list[Writer] = []
            for name in dict.fromkeys(formats):
                writers.append(WRITERS[name](path, streamed))
                stack.callback(writers[-1].close)
            stack.callback(lambda: write_whole(path / SUMMARY, json.dumps(counted.described(), indent=2) + "\n"))
            file = stack.enter_context((path / LINES).open("w", buffering=1, encoding="utf-8"))

            def add(result: Result) -> None:
                file.write(line(result, streamed) + "\n")

            yield (*(writer.add for writer in writers), add)
    except Exception:
        if not counted.steps:
            _emptied(path)
            if not there:
                path.rmdir()
        raise


def _emptied(folder: Path) -> None:
    """Removes all that is in a folder, which was empty when the writers began."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
