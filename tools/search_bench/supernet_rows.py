"""The file of a task's supernets."""

from pathlib import Path
from typing import Any

from rows import read_rows
from tasks import Task
from training import terms

from spikegraph.searches.architecture import Architecture


def path_of(task: Task) -> Path:
    """The file."""
    return task.table.with_name(f"{task.name}.supernets.jsonl")


def supernets_of(task: Task) -> list[dict[str, Any]]:
    """Its rows."""
    return read_rows(path_of(task))


def line_of(cell: Architecture) -> str:
    """A cell as one line of text."""
    return "; ".join(f"{node} = {' + '.join(edges)}" for node, edges in terms(cell).items())
