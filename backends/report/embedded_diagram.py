"""Diagrams in the page: one zoomable SVG for both light and dark mode."""

from collections.abc import Callable
from xml.etree import ElementTree

from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.charts.markup import Html, el

SVG, XLINK, XML = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace"
DROPPED = ("id", "class", f"{{{XML}}}space", f"{{{XLINK}}}title", f"{{{XLINK}}}href")
"""Attributes to remove, because names would clash with those of other pictures on the page."""

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
    light, dark = (ElementTree.fromstring(draw(dark_mode).svg()) for dark_mode in (False, True))
    for a, b in zip(light.iter(), dark.iter(), strict=True):
        _combine_colours(a, b)
    _remove_names(light)
    width = float(light.attrib["width"].removesuffix("pt")) * POINT
    for name in ("width", "height"):
        del light.attrib[name]
    light.set("style", f"--natural:{width:.0f}px")
    light.set("role", "img")
    light.set("aria-label", label)
    return Html(ElementTree.tostring(light, encoding="unicode", short_empty_elements=False))


def _combine_colours(light: ElementTree.Element, dark: ElementTree.Element) -> None:
    """Sets an element's colours for light and dark mode."""
    for name in ("fill", "stroke"):
        ours, other = light.get(name), dark.get(name)
        if ours is not None and other is not None and ours != other:
            # Browsers without `light-dark` use the attribute, which stays.
            light.set("style", f"{light.get('style', '')}{name}:light-dark({ours},{other});")


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
