"""The colours and lines of all diagrams, and their meaning.

The colours are those of Okabe and Ito, which are safe for the common forms of colour blindness. Colour is never the only
difference: kinds of values and candidates also differ in pattern, width and number of lines, and every operation shows its
name, so that a grey print is readable too.
"""

import colorsys
from dataclasses import dataclass, replace
from typing import Literal

from spikegraph.ir.types import Kind

ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
FOREST = "#00795A"
"""Green, darker than that of a candidate."""

BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
TINTS = ("#F2CF80", "#ABDAF4", "#E6BCD3", "#80CFB9", "#F8F2A1", "#EAAF80")
"""Candidates' colours half way to white, for those behind the sixth."""

RUST = "#A84600"
"""Vermillion, darker, so that text in it is readable on white and on grey."""

FONT = "Helvetica,Arial,sans-serif"
"""Font families in order of preference; the viewer of an SVG chooses among them."""

COLUMN, PAGE, HEIGHT = 252, 510, 650
"""Width in points of a column of a paper and of its page, and the height of both."""

Pattern = Literal["solid", "dashed", "dotted"]

Look = int | Literal["identity", "zero"]
"""How a candidate is drawn: by a number with a colour, or as the identity or as nothing, which always look the same."""


@dataclass(frozen=True)
class Line:
    """The style of a wire, an edge or a border.

    Attributes:
        colour: Colour, as `#rrggbb`.
        width: Width in points.
        pattern: Solid, dashed or dotted.
        double: Draw two parallel lines.
        head: Graphviz's name of the arrow head.
    """

    colour: str
    width: float = 1.2
    pattern: Pattern = "solid"
    double: bool = False
    head: str = "normal"

    def attributes(self, ground: str) -> dict[str, str]:
        """The attributes of an edge on a background of colour `ground`."""
        colour = f"{self.colour}:{ground}:{self.colour}" if self.double else self.colour
        shown = {"color": colour, "penwidth": number(self.width), "style": self.pattern, "arrowhead": self.head}
        return {**shown, "arrowsize": "0.7"}


@dataclass(frozen=True)
class Theme:
    """Colours for a light or a dark background.

    Attributes:
        name: `light` or `dark`.
        ground: Background.
        ink: Text.
        muted: Descriptions and other secondary text.
        faint: Frames, and moves that aren't chosen.
        panel: Fill of boxes with weights.
        cell: Fill of cells and trellises.
        on_colour: Text on a candidate's colour.
        spike: Spikes.
        count: Sums of spikes.
        events: Accumulated polarities.
        real: Real numbers; also borders of boxes that aren't spike-based.
        candidates: Candidates of an edge, in order.
        added: Edges only in the second of two architectures.
        removed: Edges only in the first of two architectures.
        size: Font size of names, in points.
        small: Font size of descriptions, in points.
        paper: The picture is for a paper.
        width: Width of a picture for a paper, in points.
        room: Width of the text in its boxes, in points.
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
    candidates: tuple[str, ...] = (ORANGE, SKY, PURPLE, GREEN, YELLOW, VERMILLION, *TINTS)
    size: float = 11
    small: float = 9
    paper: bool = False
    width: float = COLUMN
    room: float = 86

    def wire(self, kind: Kind) -> Line:
        """The line of a wire that carries values of a kind; real numbers have the widest line."""
        line = {
            Kind.SPIKE: Line(self.spike, 1.3),
            Kind.COUNT: Line(self.count, 1.1, double=True),
            Kind.EVENTS: Line(self.events, 1.8, "dotted"),
            Kind.REAL: Line(self.real, 2.8),
        }[kind]
        return replace(line, width=0.7 * line.width) if self.paper else line

    def candidate(self, look: Look) -> Line:
        """The line of a candidate."""
        if look == "identity":
            return Line(self.muted, 1.8, "dotted", head="onormal")
        if look == "zero":
            return Line(self.muted, 0.8, "dashed", head="none")
        pattern: Pattern = "dashed" if look % 2 else "solid"
        colour = self.candidates[look] if look < len(self.candidates) else further(look - len(self.candidates))
        return Line(colour, 2.2, pattern, head=HEADS[look // 2 % len(HEADS)])


def further(number: int) -> str:
    """The colour of a candidate behind those that have one of the palette: hues far apart, in ever other tones."""
    turn, tone = 0.09 + number * 0.618034, number // 8
    red, green, blue = colorsys.hls_to_rgb(turn % 1, 0.68 + 0.045 * (tone % 5), 0.55 + 0.1 * (tone // 5 % 4))
    return f"#{round(255 * red):02X}{round(255 * green):02X}{round(255 * blue):02X}"


HEADS = ("normal", "diamond", "dot", "box")
"""Arrow heads of candidates; two candidates share one and differ in pattern."""

LIGHT = Theme(
    name="light",
    ground="#FFFFFF",
    ink="#1A1A1A",
    muted="#5F6368",
    faint="#C4C7CC",
    panel="#F1F3F4",
    cell="#E1EEF7",
    on_colour="#111111",
    spike=BLUE,
    count=FOREST,
    events="#9C3F78",
    real=RUST,
    added=BLUE,
    removed=RUST,
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


def theme(*, dark: bool, paper: bool = False) -> Theme:
    """The theme for a light or a dark background, and for a screen or a column of a paper."""
    chosen = DARK if dark else LIGHT
    return replace(chosen, size=8, small=7, paper=True) if paper else chosen


def width_of(share: float) -> float:
    """The width in points of a line that shows a share or a probability from 0 to 1."""
    return 0.5 + 4.5 * share


def number(value: float) -> str:
    """A number for a DOT attribute: at most two decimals, no trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def later(theme: Theme) -> Line:
    """The line of a value that is carried to the next time step."""
    return Line(theme.muted, 1.2, "dashed")
