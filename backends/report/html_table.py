"""Tables on the page."""

from collections.abc import Sequence

from spikegraph.charts.format_number import number
from spikegraph.charts.markup import Html, el, join

Cell = str | int | float | None
"""A cell's content; None is shown as a dash, numbers are aligned right."""


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]], *, label: str, first_is_head: bool = True) -> Html:
    """A table in a box that scrolls if the table is too wide or too long.

    Args:
        head: A heading for each column.
        rows: Rows, each with a cell for each column.
        label: Description for screen readers.
        first_is_head: The first cell of each row is a heading.
    """
    numeric = [any(isinstance(row[k], int | float) for row in rows) for k in range(len(head))]
    top = el("tr", *(el("th", name, scope="col", class_="n" if n else None) for name, n in zip(head, numeric, strict=True)))
    body = [el("tr", *(_cell(value, numeric[k], head=first_is_head and k == 0) for k, value in enumerate(row))) for row in rows]
    inner = el("table", el("thead", top), el("tbody", *body))
    return el("div", inner, class_="table", tabindex="0", role="region", aria_label=label)


def _cell(value: Cell, numeric: bool, *, head: bool) -> Html:
    text = value if isinstance(value, Html) else formatted(value)
    css = "n" if numeric else None
    return el("th", text, scope="row", class_=css) if head else el("td", text, class_=css)


def formatted(value: Cell) -> str:
    """A value as text, with a comma between thousands."""
    match value:
        case None:
            return "–"
        case bool() | str():
            return str(value)
        case int():
            return f"{value:,}"
        case float():
            return number(value)


def facts(pairs: Sequence[tuple[str, str | None]]) -> Html:
    """A list of names with their values; entries with None are left out."""
    return el("dl", *(join(el("dt", name), el("dd", value)) for name, value in pairs if value is not None), class_="facts")
