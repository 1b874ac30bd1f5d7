"""Equal repetitions of a block in one frame: `l1[0] … l1[2]: 3 × basic`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from spikegraph.backends.graphviz.boxes import Boxes

_INDEXED = re.compile(r"(.*)\[(\d+)\]", re.DOTALL)

Frame = tuple[str, ...]
"""The frames around a box, outermost first."""


def merge_repetitions(given: Boxes) -> Boxes:
    """Draws repetitions whose frames are equal as the first one, with the wires that leave the others; innermost first."""
    result = given
    frames = {box.group[: i + 1] for box in given.boxes.values() for i in range(len(box.group))}
    repeated: dict[Frame, dict[int, Frame]] = {}
    for frame in frames:
        match = _INDEXED.fullmatch(frame[-1])
        if match is not None:
            repeated.setdefault((*frame[:-1], match[1]), {})[int(match[2])] = frame
    for _, found in sorted(repeated.items(), key=lambda item: (-len(item[0]), item[0])):
        sequence = [found[i] for i in sorted(found)]
        if len(sequence) > 1 and all(_contents(result, frame) == _contents(result, sequence[0]) for frame in sequence[1:]):
            result = _merged(result, sequence)
    return result


def _contents(given: Boxes, frame: Frame) -> object:
    """What is in a frame, with names relative to it."""
    inside = _inside(given, frame)
    names = [(inside[box.key], box.name, box.description, box.shape, box.role, box.dense, box.merge_key, box.count)
             for box in given.boxes.values() if box.key in inside]  # fmt: skip
    wires = [(inside[w.source], inside[w.target], w.kind, w.role) for w in given.wires if {w.source, w.target} <= inside.keys()]
    return names, wires


def _inside(given: Boxes, frame: Frame) -> Mapping[str, str]:
    """The boxes of a frame with their names relative to it."""
    boxes = (box for box in given.boxes.values() if box.group[: len(frame)] == frame)
    return {box.key: box.key.removeprefix(frame[-1]) for box in boxes}


def _merged(given: Boxes, sequence: Sequence[Frame]) -> Boxes:
    first, last = sequence[0], sequence[-1]
    keep = {relative: key for key, relative in _inside(given, first).items()}
    of = {key: i for i, frame in enumerate(sequence) for key in _inside(given, frame)}
    into = {key: keep[relative] for frame in sequence[1:] for key, relative in _inside(given, frame).items()}
    title = given.titles.get(first[-1], first[-1])
    name, _, block = title.partition(": ")
    count = f"{len(sequence)} × {block or name.partition('[')[0]}"
    result = Boxes(titles={**given.titles, first[-1]: f"{name} … {last[-1].rpartition('.')[2]}: {count}"})
    for key, box in given.boxes.items():
        if key not in into:
            result.add(box)
    for wire in given.wires:
        if of.get(wire.source, -1) == of.get(wire.target, -1) or not {wire.source, wire.target} <= of.keys():
            result.connect(replace(wire, source=into.get(wire.source, wire.source), target=into.get(wire.target, wire.target)))
    return result
