"""The names of tasks that a declaration can name."""

from collections.abc import Collection, Iterator
from typing import cast

from typing_extensions import override

from spikegraph.dsl.schema.forms import FORMS
from spikegraph.dsl.schema.names import Choice
from spikegraph.plugins.later import later

_OF_PLUG_INS = later("spikegraph.elaborate.known_tasks:tasks_of_plug_ins")


class TaskNames(Collection[str]):
    """The tasks that a source has forms of arrays for, and those of plug-ins.

    Plug-ins' are only looked up where none of its own is named: numpy, in which tasks are written, is slow to import.

    Attributes:
        own: The source's own.
    """

    def __init__(self, *own: str) -> None:
        """Makes the names of a source's own tasks."""
        self.own = own

    @override
    def __iter__(self) -> Iterator[str]:
        yield from self.own
        yield from cast("Collection[str]", _OF_PLUG_INS())

    @override
    def __contains__(self, name: object) -> bool:
        return any(name == each for each in self)

    @override
    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def choice(self) -> Choice[str]:
        """The type of a key that names one of them."""
        return Choice(self, FORMS)
