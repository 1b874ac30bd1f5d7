"""Line charts as SVG: panels side by side, one legend; text stays text, curves are told apart by colour and by dash."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#1A1A1A")
"""Okabe and Ito's, which colour-blind readers can tell apart."""
DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 2")
INK, FAINT, GROUND = "#1A1A1A", "#DADCE0", "#FFFFFF"

WIDTH, HEIGHT = 400, 250
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 34, 46
ROW = 20
PER_CHARACTER = 6.6
"""The width of a character at 12 px, with room to spare."""


@dataclass(frozen=True)
class Curve:
    """A line.

    Attributes:
        label: For the legend; curves of one label look alike in every panel.
        points: (x, y) in order; what isn't finite breaks the line.
    """

    label: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """A pair of axes with curves.

    Attributes:
        title: Above it.
        x: What runs to the right, with its unit.
        y: What runs upwards, with its unit.
        curves: What is drawn.
        steps: Whether values hold from one point to the next, instead of changing evenly.
    """

    title: str
    x: str
    y: str
    curves: Sequence[Curve]
    steps: bool = False


def chart(panels: Sequence[Panel], description: str) -> str:
    """The SVG of some panels; `description` is for those who can't see it.

    Raises:
        ValueError: A panel has no finite point.
    """
    labels = list(dict.fromkeys(c.label for p in panels for c in p.curves))
    width = WIDTH * len(panels)
    entries, rows = _legend(labels, width)
    height = HEIGHT + rows * ROW + 10
    body = [line for i, p in enumerate(panels) for line in _panel(p, i * WIDTH, labels)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            f' role="img" font-family="Helvetica, Arial, sans-serif" font-size="12" fill="{INK}">',
            f"<title>{escape(description)}</title>",
            f'<rect width="{width}" height="{height}" fill="{GROUND}"/>',
            *body,
            *entries,
            "</svg>",
            "",
        ]
    )


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most `most` round numbers from `low` to `high`, a step of 1, 2 or 5 times a power of ten apart."""
    span = high - low
    power = 10 ** math.floor(math.log10(span / most))
    step = next(power * m for m in (1, 2, 5, 10, 20) if span / (power * m) <= most - 1)
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _range(values: Sequence[float]) -> tuple[float, float]:
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        raise ValueError("a panel has no finite point")
    low, high = min(finite), max(finite)
    pad = (high - low) * 0.05 or abs(high) * 0.1 or 1.0
    return low - pad, high + pad


def _panel(panel: Panel, x0: int, labels: list[str]) -> list[str]:
    x_low, x_high = _range([x for c in panel.curves for x, _ in c.points])
    y_low, y_high = _range([y for c in panel.curves for _, y in c.points])
    left, right, top, bottom = x0 + LEFT, x0 + WIDTH - RIGHT, TOP, HEIGHT - BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        across = left + (x - x_low) / (x_high - x_low) * (right - left)
        return across, bottom - (y - y_low) / (y_high - y_low) * (bottom - top)

    lines = [
        f'<text x="{(left + right) / 2:g}" y="{top - 14}" text-anchor="middle" font-weight="bold">{escape(panel.title)}</text>'
    ]
    for value in ticks(x_low, x_high):
        x, _ = at(value, y_low)
        lines.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="{FAINT}"/>')
        lines.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{value:.6g}</text>')
    for value in ticks(y_low, y_high):
        _, y = at(x_low, value)
        lines.append(f'<line x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="{FAINT}"/>')
        lines.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.6g}</text>')
    lines.append(f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" fill="none" stroke="{INK}"/>')
    lines.append(f'<text x="{(left + right) / 2:g}" y="{bottom + 36}" text-anchor="middle">{escape(panel.x)}</text>')
    middle = (top + bottom) / 2
    turned = f'transform="rotate(-90 {x0 + 14} {middle:g})"'
    lines.append(f'<text x="{x0 + 14}" y="{middle:g}" text-anchor="middle" {turned}>{escape(panel.y)}</text>')
    for curve in panel.curves:
        path = _path(curve.points, at, panel.steps)
        lines.append(f'<path d="{path}" fill="none" {_look(labels.index(curve.label))}/>')
    return lines


def _path(points: Sequence[tuple[float, float]], at: Callable[[float, float], tuple[float, float]], steps: bool) -> str:

    parts: list[str] = []
    begun = False
    for x, y in points:
        if not (math.isfinite(x) and math.isfinite(y)):
            begun = False
            continue
        across, up = at(x, y)
        if begun and steps:
            parts.append(f"H{across:.1f}V{up:.1f}")
        else:
            parts.append(f"{'L' if begun else 'M'}{across:.1f} {up:.1f}")
        begun = True
    return "".join(parts)


def _look(number: int) -> str:
    dash = DASHES[number % len(DASHES)]
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'stroke="{COLOURS[number % len(COLOURS)]}" stroke-width="2"{dashes}'


def _legend(labels: list[str], width: int) -> tuple[list[str], int]:
    """Entries from left to right, in as many rows as they need."""
    lines: list[str] = []
    x, row = float(LEFT), 0
    for number, label in enumerate(labels):
        needed = 34 + len(label) * PER_CHARACTER + 16
        if x + needed > width and x > LEFT:
            x, row = float(LEFT), row + 1
        y = HEIGHT + row * ROW + 8
        lines.append(f'<line x1="{x:.1f}" y1="{y}" x2="{x + 28:.1f}" y2="{y}" {_look(number)}/>')
        lines.append(f'<text x="{x + 34:.1f}" y="{y + 4}">{escape(label)}</text>')
        x += needed
    return lines, row + 1
