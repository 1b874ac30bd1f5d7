"""The base class of passes: frozen dataclasses whose fields are options."""

from abc import abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from spikegraph.ir.choices import Choices
from spikegraph.ir.graph import Graph
from spikegraph.passes.properties import Property


@dataclass(frozen=True)
class Pass:
    """A rewrite of the graph. `spikegraph passes` prints the first line of a subclass's docstring.

    A field with `repr=False` is not an option of the command line; the caller sets it.

    Class attributes:
        name: Name on the command line.
        refuses: If true, the pass can raise an error about the spec, so checking a spec runs it.
        faster: If true, it only makes the graph faster: the function and the names of weights and neurons stay. Such
            passes end the pipelines; tables and diagrams show the graph before them.
        keeps: Whether it keeps what the network computes, apart from what it `decides`, so that validation compares the graph
            before with the one after. A pass that doesn't defines what a search method computes.
        requires: Properties of the graphs that it accepts.
        ensures: Properties of the graphs that it returns.
    """

    name: ClassVar[str]
    refuses: ClassVar[bool] = True
    faster: ClassVar[bool] = False
    keeps: ClassVar[bool] = True
    requires: ClassVar[tuple[Property, ...]] = ()
    ensures: ClassVar[tuple[Property, ...]] = ()

    @abstractmethod
    def apply(self, graph: Graph) -> Graph:
        """Returns the rewritten graph, or `graph` itself if nothing is to be done; `graph` is not changed.

        Raises:
            PassError: The pass can't be applied to this graph.
        """

    def decides(self) -> Choices:
        """The open choices that it decides; none by default."""
        return Choices()

    @classmethod
    def summary(cls) -> str:
        """The docstring's first line."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    @classmethod
    def options(cls) -> dict[str, Any]:
        """Types of the command line's options by name."""
        return {f.name: f.type for f in fields(cls) if f.repr}

    def __str__(self) -> str:
        """Format as on the command line: `mix{at=membrane}`."""
        options = ",".join(f"{k}={show(getattr(self, k))}" for k in self.options())
        return f"{self.name}{{{options}}}" if options else self.name


def show(value: object) -> str:
    """Formats an option's value as on the command line."""
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
