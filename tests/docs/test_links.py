"""Links in the pages of the project lead to files and headings that are there, and paths in its two guides too."""

import re
from functools import cache

import pytest

from .typed_pages import BLOCK, ROOT, headings, read

FOLDERS = {".": "md", "docs": "md", "docs/decisions": "md", "docs/tutorials": "ipynb", "examples": "md"}
PAGES = [str(path.relative_to(ROOT)) for folder, kind in FOLDERS.items() for path in sorted((ROOT / folder).glob(f"*.{kind}"))]
HERE = r"(?!https?://)"
LINK = re.compile(rf"\]\({HERE}([^()\s]+)\)|^\[[^\]]+\]: {HERE}(\S+)|(?:src|srcset)=\"{HERE}([^\"]+)\"", re.MULTILINE)
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)+/?)`|(?<![\w./-])((?:[\w-]+/)*[\w-]+\.(?:py|toml|md))\b")
BESIDE = ("", "spikegraph/", "spikegraph/cli/")
"""Where paths in the guides begin."""


@cache
def anchors(page: str) -> frozenset[str]:
    """The anchors that GitHub makes of the headings of a page."""
    found: list[str] = []
    for heading in headings(page):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        plain = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        found.append(plain if plain not in found else f"{plain}-{found.count(plain)}")
    return frozenset(found)


def broken(page: str, text: str) -> list[str]:
    """The links of a page that lead nowhere."""
    found: list[str] = []
    for match in LINK.finditer(BLOCK.sub("", text)):
        link = next(group for group in match.groups() if group)
        name, _, anchor = link.partition("#")
        path = ((ROOT / page).parent / name).resolve() if name else ROOT / page
        if not path.exists() or (anchor and anchor not in anchors(str(path.relative_to(ROOT)))):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    assert broken(page, read(page)) == []


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_path_is_there(page: str) -> None:
    paths = [one or other for one, other in PATH.findall(read(page))]
    assert len(paths) > 20
    assert [path for path in paths if not any((ROOT / start / path).exists() for start in BESIDE)] == []


def test_every_decision_is_listed() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("0*.md"))
    assert re.findall(r"^\| \[\d{4}\]\((\S+)\) \|", read("docs/decisions/README.md"), re.MULTILINE) == names
    for name in names:
        title = f"# {name[:4]}: "
        assert read(f"docs/decisions/{name}").startswith(title), f"{name}: the first line is `{title}TITLE`"


def test_broken_links_are_found() -> None:
    text = "[a](nothing.md) [b](style.md#x) [c](language.md#the-end-of-it) [d](language.md) [e](https://a.b) `[f](g.md)`\n"
    assert broken("docs/language.md", text) == ["nothing.md", "style.md#x", "language.md#the-end-of-it", "g.md"]
    assert broken("docs/language.md", "```\n[a](nothing.md)\n```\n") == []
