"""Specs and genotype files: the version of the language, and spellings that were deprecated or removed."""

from pathlib import Path

from spikegraph.dsl import deprecated
from spikegraph.dsl.diagnostics import Diagnostics, SpecError
from spikegraph.dsl.parser import parse_partly, read
from spikegraph.dsl.printer import print_file


def upgraded_spec(path: Path) -> tuple[str, list[str]]:
    """The text of a file with today's spellings, and what changed; the canonical text if anything did.

    Raises:
        SpecError: The file can't be read, has syntax errors or another version of the language.
    """
    found = Diagnostics()
    source = read(path, found)
    file = None if source is None else parse_partly(source, found).file
    old = [d for d in found if d.code == deprecated.CODE]
    if source is None or file is None or found.errors > sum(d.severity == "error" for d in old):
        raise SpecError(found)
    if not old:
        return source.text, []
    return print_file(file), [f"{d.span.start}: {d.summary}: {fix.text}" for d in old for fix in d.fixes]
