"""Stands for the task of samples whose targets aren't known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from typing_extensions import override

from spikegraph.tasks.task import Task

if TYPE_CHECKING:
    from spikegraph.data.sample import About, Sample


class Unlabelled(Task):
    """No target: steps change inputs alone.

    Attributes:
        whole: As of the task that the network was trained for; false without one.
    """

    name = "unlabelled"
    words = "no targets"
    help = ""

    def __init__(self, task: Task | None = None) -> None:
        self.whole = task is not None and task.whole

    @override
    def mixed(self, sample: Sample, other: Sample, share: float) -> Sample:
        return sample

    @override
    def scores(self, about: About) -> NoReturn:
        raise NotImplementedError
