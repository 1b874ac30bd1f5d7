"""Fills the registry of tasks."""

from spikegraph.tasks import TASKS
from spikegraph.tasks.classes import Classes, StepClasses
from spikegraph.tasks.depth import Depth
from spikegraph.tasks.disparity import Disparity
from spikegraph.tasks.flow import Flow
from spikegraph.tasks.labels import Labels
from spikegraph.tasks.numbers import Map, Numbers

TASKS.fill({task.name: task for task in (Classes(), StepClasses(), Labels(), Flow(), Disparity(), Numbers(), Map(), Depth())})
