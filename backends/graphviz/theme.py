"""The one visual language of every diagram: colours, lines, and what they mean.

The colours are those of Okabe and Ito, which people with any of the common colour visions can tell apart. No meaning rests on
colour alone: kinds of values and candidates also differ in pattern, width and number of lines, and every operation carries its
name, so that a grey print says the same.
"""

from dataclasses import dataclass
from typing import Literal

from spikegraph.ir.types import Kind

ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"

FONT = "Helvetica,Arial,sans-serif"
"""The families of all text, in order of preference; an SVG keeps text as text, so its viewer chooses."""

SIZE, SMALL = 11, 9
"""Points of names, and of what is said about them."""

Pattern = Literal["solid", "dashed", "dotted"]


@dataclass(frozen=True)
class Line:
    """How a wire, an edge or a border is drawn.

    Attributes:
        colour: As `#rrggbb`.
        width: In points.
        pattern: Of its dashes.
        double: Whether it is two lines side by side.
        head: The arrow's head, in Graphviz's names.
    """

    colour: str
    width: float = 1.2
    pattern: Pattern = "solid"
    double: bool = False
    head: str = "normal"

    def attributes(self, ground: str) -> dict[str, str]:
        """The attributes of an edge on a `ground` of that colour."""
        colour = f"{self.colour}:{ground}:{self.colour}" if self.double else self.colour
        shown = {"color": colour, "penwidth": number(self.width), "style": self.pattern, "arrowhead": self.head}
        return {**shown, "arrowsize": "0.7"}


@dataclass(frozen=True)
class Theme:
    """Colours of one ground, light or dark.

    Attributes:
        name: `light` or `dark`.
        ground: The page.
        ink: Text.
        muted: What is said beside the names.
        faint: What wasn't chosen.
        panel: Filling of what holds weights.
        cell: Filling of cells and trellises.
        on_colour: Text on a candidate's colour.
        spike: Spikes.
        count: Sums of spikes.
        events: Accumulated polarities.
        real: Real numbers; also the mark of a place that isn't spike-based.
        candidates: Of the operations of an edge, in order.
        added: Only in the second of two architectures.
        removed: Only in the first of two architectures.
    """

    name: str
    ground: str
    ink: str
    muted: str
    faint: str
    panel: str
    cell: str
    on_colour: str
    spike: str
    count: str
    events: str
    real: str
    added: str
    removed: str
    candidates: tuple[str, ...] = (ORANGE, SKY, PURPLE, GREEN, YELLOW, VERMILLION)

    def wire(self, kind: Kind) -> Line:
        """The line of a wire that carries values of a kind: the wider the kind, the heavier the line."""
        return {
            Kind.SPIKE: Line(self.spike, 1.3),
            Kind.COUNT: Line(self.count, 1.1, double=True),
            Kind.EVENTS: Line(self.events, 1.8, "dotted"),
            Kind.REAL: Line(self.real, 2.8),
        }[kind]

    def candidate(self, index: int, *, skip: bool = False) -> Line:
        """The line of an edge's candidate by its place in the declaration; the identity is the same everywhere."""
        if skip:
            return Line(self.muted, 1.8, "dotted", head="onormal")
        pattern: Pattern = "dashed" if index % 2 else "solid"
        return Line(self.candidates[index % len(self.candidates)], 2.2, pattern, head=HEADS[index // 2 % len(HEADS)])


HEADS = ("normal", "diamond", "dot", "box")
"""Arrow heads of candidates, two candidates each; the pattern tells the two apart."""

LIGHT = Theme(
    name="light",
    ground="#FFFFFF",
    ink="#1A1A1A",
    muted="#5F6368",
    faint="#C4C7CC",
    panel="#F1F3F4",
    cell="#E1EEF7",
    on_colour="#1A1A1A",
    spike=BLUE,
    count=GREEN,
    events="#AA4A84",
    real=VERMILLION,
    added=BLUE,
    removed=VERMILLION,
)

DARK = Theme(
    name="dark",
    ground="#12161C",
    ink="#ECEFF4",
    muted="#A3ABB6",
    faint="#454D59",
    panel="#1E252E",
    cell="#173247",
    on_colour="#12161C",
    spike="#7FC4F5",
    count="#2CC79B",
    events="#E29BC4",
    real="#FF8A3D",
    added="#7FC4F5",
    removed="#FF8A3D",
)


def theme(*, dark: bool) -> Theme:
    """The theme of a light or a dark ground."""
    return DARK if dark else LIGHT


def width_of(share: float) -> float:
    """The width of a line that stands for a share or a probability, 0 to 1, in points."""
    return 0.5 + 5.5 * share


def number(value: float) -> str:
    """A number for a DOT attribute, without needless digits."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
