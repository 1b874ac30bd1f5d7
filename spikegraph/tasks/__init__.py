"""Tasks: what the targets of samples are, and everything that follows from it. One file for each."""

from spikegraph.plugins.registry import Registry
from spikegraph.tasks.scores import Scores
from spikegraph.tasks.task import Task

__all__ = ["TASKS", "Scores", "Task"]

TASKS: Registry[Task] = Registry("task", "spikegraph.tasks", package="spikegraph.tasks.built_in", kind=Task)
"""All tasks by name."""
