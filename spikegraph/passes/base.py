"""What a pass is: a frozen dataclass; its fields are its options."""

from abc import abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from spikegraph.ir.graph import Graph


@dataclass(frozen=True)
class Pass:
    """A rewrite of the graph. The subclass's docstring opens with one line for `spikegraph passes`.

    A field with `repr=False` can't be written on the command line: the driver gives it.

    Class attributes:
        name: As the command line writes it.
        refuses: Whether it may refuse a graph, by an error of its own or of a type rule; so that checking a spec needs it.
    """

    name: ClassVar[str]
    refuses: ClassVar[bool] = True

    @abstractmethod
    def apply(self, graph: Graph) -> Graph:
        """The rewritten graph; `graph` stays as it is.

        Raises:
            PassError: The pass can't be applied.
        """

    @classmethod
    def summary(cls) -> str:
        """The docstring's first line."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    @classmethod
    def options(cls) -> dict[str, Any]:
        """The options of the command line with their types."""
        return {f.name: f.type for f in fields(cls) if f.repr}

    def __str__(self) -> str:
        """`mix{at=membrane}`, as the command line takes it."""
        options = ",".join(f"{k}={show(getattr(self, k))}" for k in self.options())
        return f"{self.name}{{{options}}}" if options else self.name


def show(value: object) -> str:
    """An option's value as it is written."""
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
