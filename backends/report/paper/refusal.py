"""What a run lacks for a figure."""

from spikegraph.backends.report.record import Record
from spikegraph.base.errors import NotThereError


def lacks(name: str, run: Record, what: str, help: str) -> NotThereError:
    """The error that a figure needs what a run doesn't have, and what to do."""
    return NotThereError(f"figure {name} needs {what}", help, path=run.path)
