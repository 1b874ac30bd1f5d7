"""Builds HTML and SVG. Escapes every text, and shows control characters; markup has the type `Html`."""

from collections.abc import Mapping
from html import escape

from spikegraph.base.visible import visible


class Html(str):
    """Markup. Any other text is escaped when it is added to an element."""

    __slots__ = ()


VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
"""Elements without an end tag."""

Value = str | int | float | bool | None
Attributes = Mapping[str, Value]


def el(tag: str, *children: str | None, **attributes: Value) -> Html:
    """An element.

    Args:
        tag: Name of the element.
        children: Markup, or text to escape; None is left out.
        attributes: Underscores become hyphens; a trailing one is removed (`class_`). True gives an attribute without a
            value; None and False are left out.
    """
    inside = join(*children)
    start = tag + "".join(_attribute(name, value) for name, value in attributes.items())
    return Html(f"<{start}>" if tag in VOID else f"<{start}>{inside}</{tag}>")


def join(*children: str | None) -> Html:
    """The concatenation of markup and escaped texts."""
    texts = (child if isinstance(child, Html) else escape(visible(child), quote=False) for child in children if child)
    return Html("".join(texts))


def _attribute(name: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f' {name}="{escape(visible(text))}"'
