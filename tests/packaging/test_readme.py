"""The README as a package index shows it: it renders without warnings, and every link works there."""

import io
import re
from html.parser import HTMLParser

import pytest
from readme_renderer import markdown

from .archives import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


class Links(HTMLParser):
    """Collects the addresses of links and pictures, the texts of pictures, and the anchors."""

    def __init__(self, html):
        super().__init__()
        self.addresses, self.pictures, self.anchors = [], [], set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.addresses += [found[name] for name in ("href", "src") if found.get(name)]
        self.anchors.add(f"#{found.get('id')}")
        if tag == "img":
            self.pictures.append((found.get("src"), found.get("alt")))


def rendered(text):
    """The page, and what the renderer warns of."""
    warnings = io.StringIO()
    html = markdown.render(text, stream=warnings)
    assert html is not None
    return html, warnings.getvalue()


def broken(links):
    """The addresses that lead nowhere on the page of an index."""
    return [address for address in links.addresses if not address.startswith("https://") and address not in links.anchors]


@pytest.fixture(scope="module")
def page(wheel):
    """The description in the wheel, rendered."""
    assert wheel.metadata["Description-Content-Type"] == "text/markdown"
    html, warnings = rendered(wheel.metadata.get_payload())
    assert warnings == ""
    return html


def test_the_page_has_everything(page):
    for title in re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", README, flags=re.DOTALL), re.MULTILINE):
        assert re.search(rf"<h\d[^>]*>(?:<a[^>]*></a>)?{re.escape(title)}", page), title
    assert page.count("<pre") == README.count("```") / 2
    assert page.count("<table>") == 1


def test_no_link_is_relative(page):
    links = Links(page)
    assert len(links.addresses) > 30
    assert broken(links) == []
    assert re.findall(r"\[[\w./-]+\.(?:md|cff|svg|png)\]", page) == []  # a reference without its address stays text
    assert all(alt for _, alt in links.pictures)
    assert len(links.pictures) == README.count("![")


def test_relative_links_are_found():
    html, _ = rendered("[a](docs/a.md) ![b](b.svg) [c](#c) [d](https://example.org/d) [e][e]\n\n[e]: e.md")
    assert broken(Links(html)) == ["docs/a.md", "b.svg", "#user-content-c", "e.md"]


def test_links_into_the_repository_lead_to_files(page, sdist):
    links = dict(link.split(", ", maxsplit=1) for link in sdist.metadata.get_all("Project-URL"))
    repository = links["Repository"]
    raw = repository.replace("https://github.com/", "https://raw.githubusercontent.com/")
    place = re.compile(rf"(?:{re.escape(repository)}/(?:blob|tree)|{re.escape(raw)})/main/(.+)")
    addresses = [*Links(page).addresses, links["Documentation"], links["Changelog"]]
    inside = [address for address in addresses if address.startswith((repository, raw))]
    assert len(inside) > 15
    assert [address for address in inside if not (found := place.fullmatch(address)) or not (ROOT / found[1]).exists()] == []
    assert [src for src, _ in Links(page).pictures if not src.startswith(f"{raw}/main/docs/images/")] == []


def test_the_first_two_blocks_of_shell_commands():
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert blocks[:2] == [
        "pip install -e . && spikegraph compile specs/stereo.sdhs --train\n",
        'pip install -e ".[dev]" && pytest -n 2\n',
    ]
