"""The canonical form of a text."""

import re
from collections.abc import Iterator
from functools import lru_cache

from spikegraph.dsl import printer
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.equality import same
from spikegraph.dsl.parser import parse
from spikegraph.dsl.source import SourceFile
from spikegraph.service.document import Document

_HEAD = "sdhs 1\n"
_BLANK_END = re.compile(r"\n[ \t\r]*\n\s*\Z")
_COMMENT_END = re.compile(r"(?<=\n)(?:[ \t]*#[^\n]*\n)+\Z")
_LAST_LINE = re.compile(r"^(?:path|import)\b[^{}]*\Z", re.MULTILINE)


def formatted(source: SourceFile, found: Diagnostics) -> str | None:
    """The canonical text; None after syntax errors, which are then in `found`.

    Raises:
        RuntimeError: A bug in the printer: the text has another meaning.
    """
    file = parse(source, found)
    if file is None:
        return None
    text = printer.print_file(file)
    if text != source.text:
        again = parse(SourceFile(source.name, text), Diagnostics())
        if again is None or not same(again, file):
            raise RuntimeError(f"the canonical text of {source.name} has another meaning; the file is unchanged")
    return text


def formatted_document(document: Document) -> str | None:
    """As `formatted`, in pieces, of which those that were seen before aren't formatted again; None after syntax errors."""
    parts: list[str] = []
    before = ""
    for chunk in chunks(document):
        made = canonical(chunk, "" if not parts else _HEAD)
        if made is None:
            return None
        if parts:
            parts.append("\n\n" if _BLANK_END.search(before) or _apart(parts[-1], made) else "\n")
        parts.append(made)
        before = chunk
    return "".join(parts) + "\n"


def _apart(above: str, below: str) -> bool:
    """Whether a blank line is between two texts in any case: behind a block, and in front of one without a comment."""
    last, first = above.rpartition("\n")[2], below.partition("\n")[0].partition("#")[0]
    return last.startswith("}") or ("{" in first and not last.startswith("#"))


def warmed(document: Document) -> Iterator[bool]:
    """Formats the pieces of a text, one at each step, so that `formatted_document` has them."""
    for number, chunk in enumerate(chunks(document)):
        yield canonical(chunk, "" if number == 0 else _HEAD) is not None


def chunks(document: Document) -> list[str]:
    """The pieces of a text, each with the comment above it; neighbouring paths together, which are aligned."""
    found, above = list[str](), ""
    for piece in document.pieces:
        text = above + piece.text
        comment = _COMMENT_END.search(text)
        above = "" if comment is None or piece is document.pieces[-1] else comment[0]
        text = text.removesuffix(above)
        kinds = {node.kind for node in piece.outline.nodes}
        if found and kinds and kinds <= {"path", "import"} and _LAST_LINE.search(found[-1]):
            found[-1] += text
        else:
            found.append(text)
    return found


@lru_cache(4096)
def canonical(chunk: str, head: str) -> str | None:
    """The canonical form of a piece, without the line's end; None after syntax errors. `head` is the version that it needs."""
    made = formatted(SourceFile("piece", head + chunk), Diagnostics())
    return None if made is None else made.removeprefix(head).strip("\n")
