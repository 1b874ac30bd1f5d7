"""Fills the registry of tasks."""

from importlib import import_module

from spikegraph.tasks import TASKS
from spikegraph.tasks.task import Task

PLACES = {
    "class": "classes:Classes",
    "step_class": "classes:StepClasses",
    "labels": "labels:Labels",
    "flow": "flow:Flow",
    "disparity": "disparity:Disparity",
    "numbers": "numbers:Numbers",
    "map": "numbers:Map",
    "depth": "depth:Depth",
}
"""The module and the class of each task. It is imported when the task is looked up: most need numpy."""


def _read(name: str) -> Task:
    module, _, found = PLACES[name].partition(":")
    return getattr(import_module(f"spikegraph.tasks.{module}"), found)()


TASKS.read_later(PLACES, _read)
