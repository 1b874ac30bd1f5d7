"""Diagrams in the page: one zoomable SVG for both light and dark mode."""

import re
from collections.abc import Callable, Mapping
from xml.etree import ElementTree

from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.engine import picture
from spikegraph.charts.markup import Html, el

SVG, XLINK, XML = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace"
DROPPED = ("id", "class", f"{{{XML}}}space", f"{{{XLINK}}}title", f"{{{XLINK}}}href")
"""Attributes to remove, because names would clash with those of other pictures on the page."""

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\b")

POINT = 4 / 3
"""CSS pixels per point of Graphviz."""


def light_and_dark(draw: Callable[[bool], Drawing], label: str) -> Html:
    """A diagram whose colours follow the browser's light or dark mode.

    Args:
        draw: Draws the diagram; its argument is true for a dark background.
        label: Description for screen readers.

    Raises:
        RenderError: Graphviz can't draw the diagram.
    """
    source, pairs = _merged(draw(False).dot, draw(True).dot)
    light = ElementTree.fromstring(picture(source, "svg"))
    for element in light.iter():
        _restore_colours(element, pairs)
    _remove_names(light)
    width = float(light.attrib["width"].removesuffix("pt")) * POINT
    for name in ("width", "height"):
        del light.attrib[name]
    light.set("style", f"--natural:{width:.0f}px")
    light.set("role", "img")
    light.set("aria-label", label)
    return Html(ElementTree.tostring(light, encoding="unicode", short_empty_elements=False))


def _merged(light: str, dark: str) -> tuple[str, Mapping[str, tuple[str, str]]]:
    """One DOT text for both modes, since Graphviz takes most of the time of a page.

    Returns:
        The text, where a colour of its own stands for each pair of colours that differ, and the pairs by these colours.
    """
    found: list[tuple[str, str]] = list(zip(COLOUR.findall(light), COLOUR.findall(dark), strict=True))
    used = {colour.lower() for pair in found for colour in pair}
    unused = (colour for n in range(1 << 24) if (colour := f"#{n:06x}") not in used)
    codes = {pair: next(unused) for pair in dict.fromkeys(found) if pair[0] != pair[1]}
    rest = iter(found)
    text = COLOUR.sub(lambda colour: codes.get(next(rest), colour[0]), light)
    return text, {code: (a.lower(), b.lower()) for (a, b), code in codes.items()}


def _restore_colours(element: ElementTree.Element, pairs: Mapping[str, tuple[str, str]]) -> None:
    """Sets an element's colours for light and dark mode."""
    for name in ("fill", "stroke"):
        if (pair := pairs.get(element.get(name, ""))) is not None:
            # Browsers without `light-dark` use the attribute.
            element.set(name, pair[0])
            element.set("style", f"{element.get('style', '')}{name}:light-dark({pair[0]},{pair[1]});")


def _remove_names(root: ElementTree.Element) -> None:
    """Removes namespaces and names; replaces a link without target by a group whose title is the tooltip."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        tooltip = element.get(f"{{{XLINK}}}title")
        for name in DROPPED:
            element.attrib.pop(name, None)
        for child in [c for c in element if c.tag.rpartition("}")[2] == "title"]:
            element.remove(child)  # Graphviz's own names, such as `a->b`
        if element.tag == "a":
            element.tag = "g"
            if tooltip and tooltip.strip() not in ("", "<TABLE>"):
                title = ElementTree.Element("title")
                title.text = tooltip
                element.insert(0, title)


def zoomable(drawing: Html, title: str, note: str | None = None) -> Html:
    """A diagram in a scrollable window with zoom buttons, which the page's script handles."""
    tools = [
        el("button", sign, type="button", data_zoom=what, aria_label=f"{word}: {title}", title=word)
        for sign, what, word in (
            ("−", "out", "zoom out"),
            ("+", "in", "zoom in"),
            ("Fit", "fit", "fit to width"),
            ("1:1", "one", "1:1, natural size"),
        )
    ]
    return el(
        "figure",
        el(
            "figcaption",
            el("strong", title),
            el("span", note, class_="note") if note else None,
            el("span", *tools, class_="tools"),
        ),
        el(
            "div",
            drawing,
            class_="window",
            tabindex="0",
            role="group",
            aria_label=f"{title}; zoom with plus, minus and 0, move with the arrow keys",
        ),
        class_="diagram",
    )
