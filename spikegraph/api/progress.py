"""How `fit` and `search` show what they do."""

from pathlib import Path
from typing import Literal, get_args

from spikegraph.analysis.verdict_text import verdict_text
from spikegraph.base.arguments import one_of
from spikegraph.base.notebook import NotebookLine, in_notebook
from spikegraph.base.progress import Bars, Lines, Reporter, Silent, reporter
from spikegraph.runs.record import read_run

Progress = Literal["auto", "lines", "none"]


def reporter_of(progress: Progress) -> Reporter:
    """What shows the progress; `auto` shows nothing where neither a terminal nor a notebook is, so that scripts stay quiet.

    Raises:
        ArgumentError: There is no such progress.
    """
    one_of("progress", progress, get_args(Progress))
    if progress == "auto" and in_notebook():
        return NotebookLine()
    found = reporter()
    if progress == "auto" and isinstance(found, Bars):
        return found
    return Lines() if progress == "lines" else Silent()


def show_verdict(run: Path, shown_by: Reporter) -> None:
    """Shows how a run's network compares with the baselines, and the next command, as the command line does."""
    if not isinstance(shown_by, Silent):
        for line in verdict_text(read_run(run)).splitlines():
            shown_by.notice(line)
