"""The report on runs, written into a file."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from spikegraph.backends.report.page import report, report_many
from spikegraph.backends.report.record import Record
from spikegraph.base.files import write_whole
from spikegraph.overview.listed import Listed

FEW = 8
"""Most runs with sections of their own, unless each is asked for."""


def write(
    found: Sequence[Listed],
    given: Sequence[Path],
    output: Path,
    *,
    each: bool = False,
    every: float | None = None,
    damaged: Callable[[str], None] = lambda text: None,
) -> bool:
    """Writes the report; returns whether some run goes on.

    Args:
        found: The runs.
        given: The paths of runs, and of folders with runs, in which they were found.
        output: The file.
        each: Give many runs sections of their own too.
        every: Seconds after which the page loads itself again if a run goes on; None for never.
        damaged: Is told which runs of many are left out.

    Raises:
        OSError: The file can't be written.
    """
    going = any(run.state.name == "running" for run in found)
    reload = every if going else None
    names = labels([run.path for run in found])
    if len(found) <= FEW or each:
        records = [
            Record(r.run.folder, r.run.manifest, r.run.summary, name, r.state) for r, name in zip(found, names, strict=True)
        ]
        text = report(records, reload=reload)
    else:
        title = f"{len(found):,} runs in {given[0]}" if len(given) == 1 else f"{len(found):,} runs"
        text = report_many(found, names, title, reload=reload, damaged=damaged)
    write_whole(output, text)
    return going


def labels(runs: Sequence[Path]) -> list[str]:
    """Short names: the names of the folders or, if two are equal, their paths in the folder that they share."""
    paths = [run.resolve() for run in runs]
    if max(Counter(path.name for path in paths).values()) == 1:
        return [path.name for path in paths]
    shared = os.path.commonpath(paths)
    return [path.relative_to(shared).as_posix() for path in paths]
