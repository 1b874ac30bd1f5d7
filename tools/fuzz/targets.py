"""What is fuzzed: each function takes bytes and may raise nothing."""

import tempfile
from contextlib import suppress
from pathlib import Path

from spikegraph.base.errors import RunFolderError
from spikegraph.dsl.diagnostics import Diagnostics, StoppedError
from spikegraph.dsl.loader import load_text
from spikegraph.dsl.render import caret
from spikegraph.dsl.resolve import resolve_source
from spikegraph.genotype.from_darts import OPERATIONS, read_darts
from spikegraph.genotype.imported import Imported, genotype_file
from spikegraph.program.program import Program
from spikegraph.runs.journal import read_journal

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz"))
STEREO = Path(__file__).parents[2] / "specs" / "stereo.sdhs"


def _inside(diagnostics: Diagnostics) -> None:
    for found in diagnostics:
        source = diagnostics.sources[found.span.file]
        if not 1 <= found.span.line <= source.text.count("\n") + 1:
            raise AssertionError(f"line {found.span.line} isn't in the file")
    caret.render(diagnostics)


def spec(data: bytes) -> None:
    """A spec is read and checked in all phases."""
    path = FOLDER / "spec.sdhs"
    path.write_bytes(data)
    _inside(Program.read(path).check())


def genotype(data: bytes) -> None:
    """A genotype is bound to a spec."""
    source = load_text(data.decode("utf-8", errors="replace"), "genotype")
    _inside(resolve_source(Program.read(STEREO).source, genotype=source).diagnostics)


def darts(data: bytes) -> None:
    """The text of a DARTS genotype is imported."""
    found = Imported()
    with suppress(StoppedError):
        read_darts(found, found.source("darts", data.decode("utf-8", errors="replace")))
        genotype_file(found, OPERATIONS, "a comment")
    _inside(found.diagnostics)


def journal(data: bytes) -> None:
    """The lines of a run's journal are read."""
    path = FOLDER / "metrics.jsonl"
    path.write_bytes(data)
    with suppress(RunFolderError):
        read_journal(path)
