"""Diagrams within the page: one SVG for a light and for a dark ground, which zooms."""

from collections.abc import Callable
from xml.etree import ElementTree

from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.charts.markup import Html, el

SVG, XLINK, XML = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace"
DROPPED = ("id", "class", f"{{{XML}}}space", f"{{{XLINK}}}title", f"{{{XLINK}}}href")
"""Attributes removed within a page, where names would clash with those of other pictures."""

POINT = 4 / 3
"""A point of Graphviz in pixels of the page."""


def two_grounds(draw: Callable[[bool], Drawing], label: str) -> Html:
    """A diagram whose colours follow the reader's ground.

    Args:
        draw: Makes the diagram; its argument says whether the ground is dark.
        label: What it shows, for readers who can't see it.

    Raises:
        RenderError: It can't be drawn.
    """
    light, dark = (ElementTree.fromstring(draw(ground).svg()) for ground in (False, True))
    for a, b in zip(light.iter(), dark.iter(), strict=True):
        _follow(a, b)
    _cleaned(light)
    width = float(light.attrib["width"].removesuffix("pt")) * POINT
    for name in ("width", "height"):
        del light.attrib[name]
    light.set("style", f"--natural:{width:.0f}px")
    light.set("role", "img")
    light.set("aria-label", label)
    return Html(ElementTree.tostring(light, encoding="unicode", short_empty_elements=False))


def _follow(light: ElementTree.Element, dark: ElementTree.Element) -> None:
    """Gives an element both of its colours."""
    for name in ("fill", "stroke"):
        ours, other = light.get(name), dark.get(name)
        if ours is not None and other is not None and ours != other:
            # The attribute stays for browsers that don't know the function.
            light.set("style", f"{light.get('style', '')}{name}:light-dark({ours},{other});")


def _cleaned(root: ElementTree.Element) -> None:
    """Takes off namespaces and names; a link that leads nowhere becomes a group whose title says what it is."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        said = element.get(f"{{{XLINK}}}title")
        for name in DROPPED:
            element.attrib.pop(name, None)
        for child in [c for c in element if c.tag.rpartition("}")[2] == "title"]:
            element.remove(child)  # Graphviz's own names, such as `a->b`
        if element.tag == "a":
            element.tag = "g"
            if said and said.strip() not in ("", "<TABLE>"):
                title = ElementTree.Element("title")
                title.text = said
                element.insert(0, title)


def zoomable(drawing: Html, title: str, note: str | None = None) -> Html:
    """A diagram in a window of its own, with buttons; the page's script makes it zoom."""
    tools = [
        el("button", sign, type="button", data_zoom=what, aria_label=f"{word}: {title}", title=word)
        for sign, what, word in (
            ("−", "out", "zoom out"),
            ("+", "in", "zoom in"),
            ("Fit", "fit", "whole width"),
            ("1:1", "one", "natural size"),
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
            aria_label=f"{title}; plus, minus and 0 zoom, arrows move",
        ),
        class_="diagram",
    )
