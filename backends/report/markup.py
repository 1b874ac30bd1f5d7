"""HTML from Python: text is escaped wherever it comes in, what is markup already says so by its type."""

from html import escape
from itertools import count


class Html(str):
    """Markup; every other text is escaped where it is put into a page."""

    __slots__ = ()


VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
"""Elements that have no end."""

Value = str | int | float | bool | None


def el(tag: str, *children: str | None, **attributes: Value) -> Html:
    """An element.

    Args:
        tag: Its name.
        children: Markup, or text to be escaped; None is left out.
        attributes: Underscores stand for hyphens, and a last one is dropped (`class_`). True is an attribute without a
            value; one that is None or False is left out.
    """
    inside = join(*children)
    start = tag + "".join(_attribute(name, value) for name, value in attributes.items())
    return Html(f"<{start}>" if tag in VOID else f"<{start}>{inside}</{tag}>")


def join(*children: str | None) -> Html:
    """Markup and texts, one after the other."""
    return Html("".join(child if isinstance(child, Html) else escape(child, quote=False) for child in children if child))


def _attribute(name: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f' {name}="{escape(text)}"'


class Names:
    """Identifiers, each given out once."""

    def __init__(self) -> None:
        self._next = count(1)

    def new(self, what: str) -> str:
        """`what-1`, `what-2` and so on, one count for all."""
        return f"{what}-{next(self._next)}"
