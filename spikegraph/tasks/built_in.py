"""Fills the registry of tasks."""

from spikegraph.tasks import TASKS
from spikegraph.tasks.classes import Classes
from spikegraph.tasks.disparity import Disparity
from spikegraph.tasks.flow import Flow
from spikegraph.tasks.labels import Labels

TASKS.fill({task.name: task for task in (Classes(), Labels(), Flow(), Disparity())})
