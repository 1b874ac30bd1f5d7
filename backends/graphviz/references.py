"""Parts of a diagram, with a letter where a value goes on in another part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from string import ascii_uppercase

from spikegraph.backends.graphviz.boxes import Box, Boxes, Wire

OUT, IN = "to ", "from "


@dataclass(frozen=True)
class Parts:
    """Boxes in parts.

    Attributes:
        boxes: All boxes.
        parts: The boxes of each part, in order.
    """

    boxes: Boxes
    parts: Sequence[Sequence[str]]

    @cached_property
    def _part(self) -> dict[str, int]:
        return {key: number for number, part in enumerate(self.parts) for key in part}

    @cached_property
    def _crossing(self) -> list[Wire]:
        """The wires from part to part; those of sizes are left out."""
        return [w for w in self.boxes.wires if w.role != "size" and self._part[w.source] != self._part[w.target]]

    @cached_property
    def _letters(self) -> dict[str, str]:
        """The letter of each value that goes on in another part, by the box that it leaves."""
        sources = {wire.source for wire in self._crossing}
        return {key: _letter(i) for i, key in enumerate(key for key in self.boxes.boxes if key in sources)}

    def page(self, number: int) -> Boxes:
        """A part, counted from 0, with its references."""
        found = Boxes(titles=self._titles(number))
        incoming = [w for w in self._crossing if self._part[w.target] == number]
        outgoing = [w for w in self._crossing if self._part[w.source] == number]
        for source in dict.fromkeys(w.source for w in incoming):
            found.add(self._reference(source, IN, [self._part[source]]))
        for key in self.parts[number]:
            found.add(self.boxes.boxes[key])
        for source in dict.fromkeys(w.source for w in outgoing):
            parts = sorted({self._part[w.target] for w in outgoing if w.source == source})
            found.add(self._reference(source, OUT, parts))
        for wire in self.boxes.wires:
            if self._part[wire.source] == number == self._part[wire.target]:
                found.connect(wire)
        for wire in incoming:
            found.connect(replace(wire, source=f"{IN}{self._letters[wire.source]}"))
        for wire in outgoing:
            found.connect(replace(wire, target=f"{OUT}{self._letters[wire.source]}", number=0))
        return found

    def _reference(self, source: str, direction: str, parts: Sequence[int]) -> Box:
        letter, numbers = self._letters[source], ", ".join(str(part + 1) for part in parts)
        tip = f"{self.boxes.boxes[source].name}, {direction}{numbers}"
        return Box(f"{direction}{letter}", letter, f"{direction}{numbers}", "", "reference", tip=tip)

    def _titles(self, number: int) -> dict[str, str]:
        """The titles of frames, with a word on those that a part before has begun."""
        begun = {frame for part in self.parts[:number] for key in part for frame in self.boxes.boxes[key].group}
        return {frame: f"{title}, continued" if frame in begun else title for frame, title in self.boxes.titles.items()}


def _letter(index: int) -> str:
    """A, B, …, Z, AA, AB and so on."""
    more, last = divmod(index, len(ascii_uppercase))
    return (_letter(more - 1) if more else "") + ascii_uppercase[last]
