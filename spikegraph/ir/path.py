"""The identity of a node: where it is in the spec, and which use of its weights it is."""

import re
from dataclasses import InitVar, field
from functools import cached_property, lru_cache

from spikegraph.base.record import record
from spikegraph.dsl.source import Span

STEP = re.compile(r"(?P<label>[^@\[\]]*)(?:\[(?P<index>[^\]]*)\])?(?:@(?P<use>.*))?")


@record
class Step:
    """One step of a path.

    Attributes:
        label: A name of the spec, or of a part of an expanded layer.
        index: The position in a chain or trellis; empty outside of these.
        use: Which of several uses of the same weights this is; empty if there is one.
        block: The block whose use this is, for diagrams; empty for other steps, and where a path is read from text.
        at: Where the spec uses the block, for errors.
        params: The params of the block in this use, those that are numbers.
        operands: For each parameter of the block the node that it is in this use, before passes.
        weights: The step without its use: `stem0`, `cells[5]`.
        text: The step as a path has it: `features@left`, `grid[2,1]@0`.
    """

    label: str
    index: str = ""
    use: str = ""
    block: str = field(default="", compare=False)
    at: Span | None = field(default=None, compare=False)
    params: tuple[tuple[str, float], ...] = field(default=(), compare=False)
    operands: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    weights: str = field(init=False, compare=False, repr=False)
    text: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        weights = f"{self.label}[{self.index}]" if self.index else self.label
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "text", f"{weights}@{self.use}" if self.use else weights)

    def __str__(self) -> str:
        return self.text

    def __hash__(self) -> int:
        return hash(self.text)


@lru_cache
def _part(label: str) -> Step:
    """The step to a part, which many paths have."""
    return Step(label)


@record
class Path:
    """A node's place in the spec: `features@left.stem0.conv`. Code builds paths from parts; only readers of text read them.

    Attributes:
        steps: Its steps.
        text: The unique name of the node.
        weights: The name of the weights, the same for every use: `features.stem0.conv`.
        known: Both of these names, where they are known.
    """

    steps: tuple[Step, ...] = ()
    text: str = field(init=False, compare=False, repr=False)
    weights: str = field(init=False, compare=False, repr=False)
    known: InitVar[tuple[str, str] | None] = None

    def __post_init__(self, known: tuple[str, str] | None) -> None:
        # Set here, and not when they are asked for: a cached property makes a dictionary for the object, which takes longer.
        text, weights = known or (".".join([s.text for s in self.steps]), ".".join([s.weights for s in self.steps]))
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "weights", weights)

    @classmethod
    def read(cls, text: str) -> "Path":
        """The path that prints as `text`."""
        found = (STEP.fullmatch(part) for part in text.split("."))
        return cls(tuple(Step(m["label"], m["index"] or "", m["use"] or "") if m else Step("?") for m in found))

    def __str__(self) -> str:
        return self.text

    def __hash__(self) -> int:
        return hash(self.text)

    @cached_property
    def blocks(self) -> tuple["Path", ...]:
        """The uses of blocks that contain it, outermost first."""
        steps = self.steps
        return tuple([Path(steps[: i + 1]) for i, step in enumerate(steps) if step.block or (step.use and not step.index)])

    @property
    def label(self) -> str:
        """The label of the last step."""
        return self.steps[-1].label

    def __add__(self, below: "Path") -> "Path":
        """The path of something inside."""
        return Path(self.steps + below.steps)

    def __truediv__(self, label: str) -> "Path":
        """The path of a part."""
        if not self.steps:
            return Path((_part(label),), (label, label))
        return Path((*self.steps, _part(label)), (f"{self.text}.{label}", f"{self.weights}.{label}"))

    def at(self, index: str) -> "Path":
        """The path of one cell of a chain or trellis, or one level of a layer after it."""
        last = self.steps[-1]
        return Path((*self.steps[:-1], Step(last.label, index, last.use, last.block, last.at, last.params, last.operands)))

    def text_at(self, index: str) -> str:
        """The text of `at(index)`."""
        last = self.steps[-1]
        own = last.label + (f"[{index}]" if index else "") + (f"@{last.use}" if last.use else "")
        return self.text[: len(self.text) - len(last.text)] + own

    def used(self, use: str) -> "Path":
        """The path of one of several uses."""
        last = self.steps[-1]
        return Path((*self.steps[:-1], Step(last.label, last.index, use, last.block, last.at, last.params, last.operands)))

    def framed(self, block: str, at: Span) -> "Path":
        """The path as that of a use of a block, which is at this place in the spec."""
        last = self.steps[-1]
        return Path((*self.steps[:-1], Step(last.label, last.index, last.use, block, at, last.params, last.operands)))

    def given(self, params: tuple[tuple[str, float], ...], operands: tuple[tuple[str, str], ...]) -> "Path":
        """The path of a use of a block with these params and operands."""
        last = self.steps[-1]
        return Path((*self.steps[:-1], Step(last.label, last.index, last.use, last.block, last.at, params, operands)))

    def up(self, count: int = 1) -> "Path":
        """The path without its last steps."""
        return Path(self.steps[:-count])
