"""Values of a network as nodes of a graph of NIR give them: sums at the end of edges, and rows of channels side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace


class RefusedError(Exception):
    """An operation that NIR can't express exactly.

    Attributes:
        summary: What NIR lacks.
        help: What to write instead, if that is known.
        declared: Whether the reason is in a declaration, such as that of a neuron.
    """

    def __init__(self, summary: str, help: str | None = None, *, declared: bool = False) -> None:
        super().__init__(summary)
        self.summary, self.help, self.declared = summary, help, declared


@dataclass(frozen=True)
class Part:
    """Some channels of a value: the sum of what nodes of the graph give.

    Attributes:
        channels: Number of channels.
        sources: The nodes; a node that is added twice is there twice, and without any the value is 0.
    """

    channels: int
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Wires:
    """A value [C, *size]: its parts, channels after channels.

    Attributes:
        parts: The parts; a concatenation has several.
        size: The spatial sizes.
        averaged: Whether it is the mean over time of what the nodes give, which a reader of the graph takes at the end.
    """

    parts: tuple[Part, ...]
    size: tuple[int, ...]
    averaged: bool = False

    @classmethod
    def of(cls, source: str, channels: int, size: tuple[int, ...]) -> Wires:
        """What one node gives."""
        return cls((Part(channels, (source,)),), size)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return sum(part.channels for part in self.parts)

    @property
    def ranges(self) -> tuple[tuple[Part, int, int], ...]:
        """The parts with their first channel and the one after their last."""
        ends = [sum(p.channels for p in self.parts[: k + 1]) for k in range(len(self.parts))]
        return tuple((part, end - part.channels, end) for part, end in zip(self.parts, ends, strict=True))

    def like(self, other: Wires) -> Wires:
        """The same, averaged if `other` is."""
        return replace(self, averaged=other.averaged)
