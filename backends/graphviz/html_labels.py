"""Text in Graphviz's HTML-like labels."""

from collections.abc import Sequence
from html import escape

from spikegraph.backends.graphviz.theme import Theme, number
from spikegraph.base.visible import visible
from spikegraph.ir.types import Value

TABLE = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="{spacing}" CELLPADDING="{padding}"{fixed}>{rows}</TABLE>'


def label(content: str) -> str:
    """A label that Graphviz reads as HTML."""
    return f"<{content}>"


def table(rows: Sequence[str], spacing: int = 0, padding: int = 1, size: tuple[float, float] | None = None) -> str:
    """An HTML table of rows, without borders; with a `size`, it doesn't grow with the cell that contains it."""
    fixed = "" if size is None else f' FIXEDSIZE="TRUE" WIDTH="{size[0]:.0f}" HEIGHT="{size[1]:.0f}"'
    return TABLE.format(spacing=spacing, padding=padding, fixed=fixed, rows="".join(f"<TR>{row}</TR>" for row in rows))


def escaped(text: str) -> str:
    """Text of a label, with its control characters visible."""
    return escape(visible(text))


def font(text: str, colour: str, size: float | None = None, *, bold: bool = False) -> str:
    """Escaped text in a colour."""
    shown = f"<B>{escaped(text)}</B>" if bold else escaped(text)
    points = "" if size is None else f' POINT-SIZE="{number(size)}"'
    return f'<FONT COLOR="{colour}"{points}>{shown}</FONT>'


def stacked(name: str, lines: Sequence[tuple[str, str]], theme: Theme, beside: str = "") -> str:
    """A label with a name in bold and small lines below it; each line is a text and its colour. `beside` follows the name."""
    title = font(f"{name}\u2003" if beside else name, theme.ink, bold=True)
    title += font(beside, theme.ink, theme.small) if beside else ""
    return label("<BR/>".join([title, *(font(text, colour, theme.small) for text, colour in lines if text)]))


def shape(value: Value) -> str:
    """The shape of one time step of one sample, such as `24 × 87 × 116`."""
    text = " × ".join(map(str, value.shape))
    return text if value.steps else f"{text}, once"
