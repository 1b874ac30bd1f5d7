"""Parts of Markdown pages: sections, tables, blocks of code, pictures for dark pages."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
HEAD = re.compile(r"^(#{1,4}) (.+)$", re.MULTILINE)
LONG = 150
"""Characters of a cell from which on it is a paragraph."""

_CELL = re.compile(r"(?<!\\)\|")
_TABLE = re.compile(r"^\|.+\|\n\| ?:?-{3}.*\|\n(?:\|.*\|(?:\n|\Z))+", re.MULTILINE)
_PICTURE = re.compile(r"<picture>\s*<source [^>]*srcset=\"([^\"]+)\">\s*<img alt=\"([^\"]*)\" src=\"([^\"]+)\">\s*</picture>")
_CODE = re.compile(r"(`+)[^`].*?\1", re.DOTALL)


@dataclass(frozen=True)
class Section:
    """A part of a page: the level of its heading, the heading, and the text below it up to the next heading of any level."""

    level: int
    heading: str
    text: str

    @property
    def anchor(self) -> str:
        """The anchor that GitHub gives the heading."""
        return anchor(self.heading)

    @property
    def whole(self) -> str:
        """The section with its heading."""
        return f"{'#' * self.level} {self.heading}\n\n{self.text.strip()}\n"


def anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def sections(page: str) -> list[Section]:
    """A page cut at all headings that aren't in blocks of code."""
    inside = [range(fence.start(), fence.end()) for fence in FENCE.finditer(page)]
    heads = [head for head in HEAD.finditer(page) if not any(head.start() in fence for fence in inside)]
    ends = [*(head.start() for head in heads[1:]), len(page)]
    return [Section(len(head[1]), head[2], page[head.end() : end].strip("\n")) for head, end in zip(heads, ends, strict=True)]


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with everything changed that isn't in a block of code."""
    return "".join(part if part.lstrip().startswith("```") else change(part) for part in _parts(text, FENCE))


def outside_spans(text: str, change: Callable[[str], str]) -> str:
    """The text with everything changed that isn't between backquotes."""
    return "".join(part if part.startswith("`") else change(part) for part in _parts(text, _CODE))


def _parts(text: str, kept: re.Pattern[str]) -> Iterator[str]:
    end = 0
    for match in kept.finditer(text):
        yield text[end : match.start()]
        yield match[0]
        end = match.end()
    yield text[end:]


def cells(row: str) -> list[str]:
    """The cells of a table's row."""
    return [cell.strip() for cell in _CELL.split(row.strip().removeprefix("|").removesuffix("|"))]


def without_paragraphs(text: str) -> str:
    """The text, in which tables that have a paragraph in a cell are lists of terms."""
    return outside_code(text, lambda part: _TABLE.sub(lambda match: _listed(match[0]), part))


def _listed(table: str) -> str:
    head, _, *rows = (cells(row) for row in table.strip().split("\n"))
    if all(len(cell) < LONG for row in rows for cell in row):
        return table
    return terms((row[0], _details(head, row)) for row in rows)


def _details(head: list[str], row: list[str]) -> Iterator[str]:
    for name, cell in zip(head[1:], row[1:], strict=True):
        if cell:
            yield (f"{name}: " if name and len(head) > 2 else "") + cell.replace("\\|", "|").replace("<br>", "; ")


def terms(rows: Iterable[tuple[str, Iterable[str]]]) -> str:
    """A list of terms, each with paragraphs below it."""
    found: list[str] = []
    for term, paragraphs in rows:
        first, *rest = [*paragraphs] or [""]
        found += [f"{term.replace(chr(92) + '|', '|')}\n: {first}\n", *(f"  {each}\n" for each in rest)]
    return "\n" + "\n".join(found) + "\n"


def with_pictures(text: str) -> str:
    """The text, in which a picture with one for dark pages is two, of which one shows."""
    return _PICTURE.sub(r"![\2](\3){.only-light}\n![\2](\1){.only-dark}", text)


def escaped(text: str) -> str:
    """Plain text, in which spans of code stay, as Markdown."""
    return outside_spans(text, lambda part: re.sub(r"([*_<\[\]|])", r"\\\1", part))


def fenced(code: str, language: str = "sdhs") -> str:
    """A block of code."""
    return f"```{language}\n{code.strip(chr(10))}\n```\n"


def dedented(text: str) -> str:
    """The text without the indentation of its first line."""
    indent = len(text) - len(text.lstrip(" "))
    return "\n".join(line[indent:] for line in text.split("\n"))


def title(text: str) -> str:
    """The first heading of a page."""
    match = HEAD.search(text)
    return "" if match is None else match[2]


def toctree(entries: Iterable[str]) -> str:
    """Entries of the menu, in places or names of pages."""
    return "\n```{toctree}\n:hidden:\n\n" + "\n".join(entries) + "\n```\n"
