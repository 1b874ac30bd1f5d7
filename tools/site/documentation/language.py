"""The pages of the language: `docs/language.md` divided at its headings, with long tables as lists or pages of their own."""

import re
from collections.abc import Iterable, Iterator

from documentation import markdown, neurons, operations
from documentation.layout import PARTS, ROOT
from documentation.links import BuildError
from documentation.markdown import Section

SOURCE = "docs/language.md"
INDEX = "language/index"
LISTS = {"operations": operations.listed, "models": neurons.listed}
"""Tables whose rows are pages: what lists these."""

_MARKED = re.compile(r"<!-- begin: ([\w -]+) -->\n(.*?)<!-- end: \1 -->\n?", re.DOTALL)
_PARAMETER = re.compile(r"; (?=`\w+`: )")
_BARE = re.compile(r"^```\n(?=(?:sdhs 1|(?:neuron|model|candidates|cell|trellis|network|block|genotype|path|dataset|search|"
                   r"retrain|profile|import) |[\w.]+ +=))", re.MULTILINE)  # fmt: skip


def divided() -> Iterator[tuple[str, str]]:
    """The place and the text of each page.

    Raises:
        BuildError: A section has no place, or a place no section.
    """
    first, *rest = _parts()
    yield INDEX, _page(first)
    found = {part[0].anchor: part for part in rest}
    if set(found) != set(PARTS):
        raise BuildError(f"{SOURCE} and the layout have other sections: {sorted(set(found) ^ set(PARTS))}")
    yield from ((PARTS[name], _page(part)) for name, part in found.items())


def anchors() -> Iterator[tuple[str, str]]:
    """The page of each heading, and the anchor on it."""
    for head, *others in _parts()[1:]:
        place = PARTS[head.anchor]
        yield f"{SOURCE}#{head.anchor}", place
        yield from ((f"{SOURCE}#{each.anchor}", f"{place}#{each.anchor}") for each in others)


def _parts() -> list[list[Section]]:
    """The sections of each page, with the one that it begins with first."""
    found: list[list[Section]] = []
    for section in markdown.sections((ROOT / SOURCE).read_text(encoding="utf-8")):
        if section.level <= 2:
            found.append([])
        found[-1].append(section)
    return found


def _page(part: list[Section]) -> str:
    first, *rest = part
    heading = first.heading[0].upper() + first.heading[1:] if " " in first.heading else first.heading
    above = [Section(1, heading, first.text), *(Section(each.level - 1, each.heading, each.text) for each in rest)]
    return coloured(_MARKED.sub(lambda match: _made(match[1], match[2]), "\n".join(each.whole for each in above)))


def coloured(text: str) -> str:
    """The text, whose blocks of the language say so."""
    return _BARE.sub("```sdhs\n", text)


def _made(name: str, table: str) -> str:
    """What stands in place of a table that is made from the program."""
    if name in LISTS:
        return LISTS[name]()
    head, _, *rows = (markdown.cells(row) for row in table.strip().split("\n"))
    if head[-1] == "parameters":
        return markdown.terms((row[0], [row[1], *_bullets(row[2])]) for row in rows)
    if head[0] == "key":
        return keys(rows)
    return table


def keys(rows: Iterable[list[str]]) -> str:
    """Keys with value, default and meaning, as a list."""
    return markdown.terms((name, [meaning, _value(value, default)]) for name, value, default, meaning in rows)


def _value(value: str, default: str) -> str:
    return f"Value: {value}." + (f" Default: {default}." if default else "")


def _bullets(cell: str) -> Iterator[str]:
    yield from ("- " + each for each in _PARAMETER.split(cell.replace("\\|", "|")) if each)
