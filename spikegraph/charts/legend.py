"""Legends: lists on a page, or rows below the panels of a file."""

from collections.abc import Iterable, Sequence

from spikegraph.charts.lines import Line
from spikegraph.charts.look import Look, by_class, colour, dash
from spikegraph.charts.markup import Html, el

SAMPLE = 26
"""The length of a curve's sample."""
ROW = 20
"""The height of a row."""
PER_CHARACTER = 6.6
"""Upper bound of a character's width at 12 px."""


def distinct(lines: Iterable[Line]) -> list[Line]:
    """One line for each legend entry, in order."""
    return list({(line.label, line.css, line.dashes): line for line in lines if not line.faint}.values())


def line_legend(lines: Iterable[Line]) -> Html:
    """Samples of curves with their labels, for a page."""
    return _list((swatch(line), line.label, line.key) for line in distinct(lines))


def bar_legend(series: Sequence[str], marks: Iterable[str] = ()) -> Html:
    """The colours of bars with their labels, and the lines across them, for a page."""
    return _list(
        [*((chip(k), label, "") for k, label in enumerate(series)), *((crossing(k), m, "") for k, m in enumerate(marks))]
    )


def _list(entries: Iterable[tuple[Html, str, str]]) -> Html:
    items = [el("li", sample, label, data_pick=key or None) for sample, label, key in entries]
    return el("ul", *items, class_="legend", aria_label="legend")


def chip(number: int) -> Html:
    """The colour of the series with this number."""
    return el("span", class_=f"chip {colour(number)}", aria_hidden="true")


def crossing(number: int) -> Html:
    """A sample of the line with this number across bars."""
    return _drawn(el("line", x1=0, y1=5, x2=SAMPLE, y2=5, class_="crossing", stroke_dasharray=dash(number) or None))


def swatch(line: Line) -> Html:
    """A sample of a curve, for a page."""
    return _drawn(sample(line, by_class, 0, 5))


def _drawn(part: Html) -> Html:
    return el("svg", part, viewBox=f"0 0 {SAMPLE} 10", width=SAMPLE, height=10, aria_hidden="true", class_="swatch")


def sample(line: Line, look: Look, x: float, y: float) -> Html:
    """A horizontal piece of a curve."""
    return el("line", x1=x, y1=y, x2=x + SAMPLE, y2=y, stroke_dasharray=line.dashes or None, **look(f"curve {line.css}"))


def rows(lines: Sequence[Line], look: Look, left: float, top: float, right: float) -> tuple[list[Html], float]:
    """Samples with labels as SVG, in as many rows as needed, and the lower end of the last row."""
    parts: list[Html] = []
    x, y = left, top
    for line in lines:
        needed = SAMPLE + 6 + len(line.label) * PER_CHARACTER + 16
        if x + needed > right and x > left:
            x, y = left, y + ROW
        parts += [sample(line, look, x, y), el("text", line.label, x=x + SAMPLE + 6, y=y + 4)]
        x += needed
    return parts, y + ROW
