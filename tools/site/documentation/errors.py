"""A page for each diagnostic: its section of `docs/diagnostics.md`."""

import re
from collections.abc import Iterator

from documentation import markdown
from documentation.layout import ROOT
from documentation.links import BuildError
from spikegraph.dsl.codes import CODES

SOURCE = "docs/diagnostics.md"
FOLDER = "errors"
_LABELS = {"wrong": "Wrong:", "right": "Corrected:"}
_LABELLED = re.compile(r"^```sdhs (wrong|right)\b.*\n", re.MULTILINE)


def pages() -> Iterator[tuple[str, str]]:
    """The place and the text of each page, and of their list.

    Raises:
        BuildError: A code has no section, or a section no code.
    """
    title, *rest = markdown.sections((ROOT / SOURCE).read_text(encoding="utf-8"))
    links: list[str] = []
    found: set[str] = set()
    for section in rest:
        if section.level == 1:
            links += ["", f"## {section.heading}\n", section.text, ""]
            continue
        code, _, words = section.heading.partition(" ")
        found.add(code)
        links.append(f"- [{code}](/{FOLDER}/{code}.md): {markdown.escaped(words)}")
        yield f"{FOLDER}/{code}", f"# {code}: {words}\n\n{_LABELLED.sub(_labelled, section.text)}\n"
    if found != set(CODES):
        raise BuildError(f"{SOURCE} and the codes differ: {sorted(found ^ set(CODES))}")
    yield f"{FOLDER}/index", "\n".join([title.whole, *links]) + "\n"


def anchors() -> Iterator[tuple[str, str]]:
    """The page of each section."""
    for section in markdown.sections((ROOT / SOURCE).read_text(encoding="utf-8")):
        if section.heading.startswith("SG"):
            yield f"{SOURCE}#{section.anchor}", f"{FOLDER}/{section.heading.partition(' ')[0]}"


def _labelled(block: re.Match[str]) -> str:
    return f"{_LABELS[block[1]]}\n\n" + ("```sdhs\n" if block[1] == "right" else "```{code-block} sdhs\n:force:\n\n")
