"""A strict HTML parser for tests of the page."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from spikegraph.charts.markup import VOID


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    children: list["Element | str"] = field(default_factory=list)

    def all(self, tag=None, **wanted):
        """The elements inside this one, in order; underscores in names of attributes stand for hyphens."""
        attributes = {name.rstrip("_").replace("_", "-"): value for name, value in wanted.items()}
        for child in self.children:
            if isinstance(child, Element):
                if tag in (None, child.tag) and attributes.items() <= child.attributes.items():
                    yield child
                yield from child.all(tag, **wanted)

    def one(self, tag=None, **wanted):
        (found,) = self.all(tag, **wanted)
        return found

    @property
    def text(self):
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    @property
    def classes(self):
        return (self.attributes.get("class") or "").split()


class Reader(HTMLParser):
    """Builds the tree; fails unless every non-void element is closed in the right order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = Element("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs), f"<{tag}> has an attribute twice"
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> ends <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].children.append(data)


def read(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == [reader.root], f"{[e.tag for e in reader.open[1:]]} never end"
    return reader.root


def section(tree, key):
    return tree.one("section", id=key)


def rows(part):
    """The cells of every row of every table."""
    return [[c.text for c in row.all() if c.tag in ("th", "td")] for row in part.all("tr")]


def absent(tree, key):
    return " ".join(p.text for p in section(tree, key).all("p") if "absent" in p.classes)


def titles(tree, key):
    return [f.one("figcaption").one("strong").text for f in section(tree, key).all("figure") if list(f.all("strong"))]
