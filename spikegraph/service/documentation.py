"""Searches the pages of the documentation, which are in the package, by words."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from spikegraph.base.record import record
from spikegraph.base.resources import resource

_HEAD = re.compile(r"^(#{1,4}) (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"[a-z0-9_]+")
_LONG = 3000
_OF_TABLE = 2
"""Lines of a table's head: the names of its columns, and the rule below."""
_OF_HEADING, _OF_TITLE = 4, 2
"""How often a word of a section's heading, and of those above it, counts."""


@record
class Section:
    """A part of a page under one heading: the page's file, the headings from the page's title on, and the Markdown."""

    page: str
    headings: tuple[str, ...]
    text: str


def search(query: str, most: int = 5) -> tuple[Section, ...]:
    """The sections that fit a query best, best first: those with most of its words, rare ones above all."""
    wanted = list(dict.fromkeys(_words(query)))
    scored = [(score, -number) for number, _ in enumerate(sections()) if (score := _score(number, wanted)) > 0]
    return tuple(sections()[-number] for _, number in sorted(scored, reverse=True)[:most])


@cache
def sections() -> tuple[Section, ...]:
    """All sections, by page."""
    pages = sorted(resource("docs").glob("*.md"))
    return tuple(section for page in pages for section in _cut(page.name, page.read_text(encoding="utf-8")))


def _cut(page: str, text: str) -> Iterator[Section]:
    inside = [range(fence.start(), fence.end()) for fence in _FENCE.finditer(text)]
    heads = [head for head in _HEAD.finditer(text) if not any(head.start() in fence for fence in inside)]
    above: list[str] = []
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        above = [*above[: len(head[1]) - 1], head[2]]
        section = text[head.start() : None if following is None else following.start()].strip()
        yield from (Section(page, tuple(above), part) for part in _parts(section) if "\n" in part.strip())


def _parts(section: str) -> Iterator[str]:
    """A section, whose tables are cut into rows where it is long, each below its heading and the table's head."""
    if len(section) <= _LONG:
        yield section
        return
    heading, lines = section.split("\n", 1)[0], section.split("\n")
    yield "\n".join(line for line in lines if not line.startswith("|"))
    head: list[str] = []
    for line in lines:
        if not line.startswith("|"):
            head = []
        elif len(head) < _OF_TABLE:
            head.append(line)
        else:
            yield "\n".join((heading, *head, line))


def _words(text: str) -> list[str]:
    """The words of a text in lower case; an s at the end is left out, so that plurals are found."""
    return [word if len(word) < 4 else word.removesuffix("s") for word in _WORD.findall(text.lower())]


@cache
def _counts() -> tuple[tuple[Counter[str], int], ...]:
    """For each section how often it has each word, and its length."""
    found: list[tuple[Counter[str], int]] = []
    for section in sections():
        words = _words(section.text)
        *above, heading = section.headings
        counts = Counter(words + _words(heading) * _OF_HEADING + _words(" ".join([*above, section.page])) * _OF_TITLE)
        found.append((counts, len(words)))
    return tuple(found)


@cache
def _within() -> tuple[Counter[str], float]:
    """For each word the number of sections that have it; and the mean length of a section."""
    counts = _counts()
    return Counter(word for each, _ in counts for word in each), sum(length for _, length in counts) / len(counts)


def _score(number: int, wanted: list[str]) -> float:
    """How well a section fits some words: BM25, with k1 = 1.2 and b = 0.75 (Robertson and Zaragoza, 2009, equation 3.15)."""
    (counts, length), (within, mean) = _counts()[number], _within()
    total = len(_counts())
    score = 0.0
    for word in wanted:
        if counts[word]:
            rare = math.log(1 + (total - within[word] + 0.5) / (within[word] + 0.5))
            score += rare * counts[word] * 2.2 / (counts[word] + 1.2 * (0.25 + 0.75 * length / mean))
    return score
