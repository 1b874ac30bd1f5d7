"""The style of a chart's parts: CSS classes on a page, SVG attributes in a file."""

from collections.abc import Callable

from spikegraph.charts.markup import Attributes

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#1A1A1A")
"""Colours of the series in a file: the colour-blind safe palette of Okabe and Ito."""
DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 2")
"""Dash patterns, so that curves differ in more than colour."""
SERIES = len(COLOURS)
"""Number of series with a colour of their own; later ones reuse the colours with other dashes."""
INK, FAINT, GROUND = "#1A1A1A", "#DADCE0", "#FFFFFF"

Look = Callable[[str], Attributes]
"""A function from a part's class names, such as `curve s0`, to its attributes."""


def colour(number: int) -> str:
    """The CSS class of the series with this number."""
    return f"s{number % SERIES}"


def dash(number: int) -> str:
    """The dash pattern of the curve with this number."""
    return DASHES[(number + number // SERIES) % len(DASHES)]


def by_class(names: str) -> Attributes:
    """The style on a page, whose style sheet defines the classes."""
    return {"class_": names}


def by_attributes(names: str) -> Attributes:
    """The style in a separate file: black on white."""
    part, *rest = names.split()
    shade = next((COLOURS[k] for k in range(SERIES) if colour(k) in rest), INK)
    match part:
        case "curve":
            return {"fill": "none", "stroke": shade, "stroke_width": 2}
        case "band":
            return {"fill": shade, "fill_opacity": 0.16}
        case "dot" | "bar":
            return {"fill": shade}
        case "track":
            return {"fill": FAINT}
        case "grid":
            return {"stroke": FAINT}
        case "axis" | "whisker" | "crossing":
            return {"fill": "none", "stroke": INK}
        case _:
            return {}
