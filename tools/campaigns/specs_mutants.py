"""Damaged and random specs, genotypes and DARTS strings: diagnostics inside the file, or success; nothing else, and in time."""

import re
import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import FrameType

from cases import Outcome
from mutants import lines, octets, soup, tokens

from spikegraph.dsl.diagnostics import Diagnostics, StoppedError
from spikegraph.dsl.equality import same
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.render import caret
from spikegraph.dsl.render import json as as_json
from spikegraph.dsl.source import SourceFile
from spikegraph.genotype.from_darts import OPERATIONS, read_darts
from spikegraph.genotype.imported import Imported, genotype_file
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[2] / "specs"
DIAGNOSTICS = Path(__file__).parents[2] / "tests" / "diagnostics"
SECONDS = 20
"""After so many seconds a case has failed."""

DARTS = (
    "DARTS = Genotype(normal=[('sep_conv_3x3', 0), ('skip_connect', 1), ('sep_conv_3x3', 0), ('dil_conv_5x5', 2)], "
    "normal_concat=range(2, 4), reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1)], "
    "reduce_concat=[2, 3])\n",
    "2021-01-01 genotype = Genotype(normal=(('c3', 0), ('c5', 1)), normal_concat=range(2, 3))",
)


def case(seed: int) -> Outcome:
    """One damaged text, of the kind that the seed picks: specs in 6 of 10 cases, genotypes in 3, DARTS strings in 1."""
    rng = Random(f"specs mutants {seed}")
    number = seed % 10
    kind, attack = ("spec", _spec) if number < 6 else ("genotype", _genotype) if number < 9 else ("DARTS string", _darts)
    text = ""
    with TemporaryDirectory() as folder, Limit(SECONDS):
        try:
            text = attack(rng, Path(folder))
        except Exception as error:  # noqa: BLE001 (every exception is a finding)
            damaged = next((p.read_bytes() for p in Path(folder).glob("mutant.*")), text.encode())
            return Outcome(kind, False, f"{type(error).__name__}: {error}\n{damaged!r}")
    return Outcome(kind, True)


class Limit:
    """Ends a case that takes too long, in seconds of the processor: other programs don't count."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        self.before = signal.signal(signal.SIGPROF, self._late)
        signal.setitimer(signal.ITIMER_PROF, self.seconds)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, self.before)

    def _late(self, number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"it takes more than {self.seconds} s")


@cache
def specs() -> tuple[str, ...]:
    """The specs whose damaged forms are read; imports are written out, so that a mutant needs no other file."""
    library = _body(SPECS / "lib" / "spikedhs.sdhs")
    found = [f"sdhs 1\n{library}{_body(path)}" for path in sorted(SPECS.glob("*.sdhs")) if path.stem != "cifar10-n4"]
    base = _body(DIAGNOSTICS / "lib" / "base.sdhs")
    return (*found, *(f"sdhs 1\n{base}{_body(path)}" for path in sorted(DIAGNOSTICS.glob("*.sdhs"))))


@cache
def genotypes() -> tuple[str, ...]:
    """Genotype files."""
    return tuple(path.read_text(encoding="utf-8") for path in sorted((SPECS / "genotypes").rglob("*.sdhs")))


def _body(path: Path) -> str:
    """The declarations of a spec, without its version and imports."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r'sdhs 1\n|import "[^"\n]*"', "", text)


def damaged(rng: Random, texts: tuple[str, ...]) -> bytes:
    """One of the texts with a few random edits, or random tokens of all."""
    text = rng.choice(texts)
    edits: list[Callable[[], bytes]] = [
        *[lambda: tokens(rng, text).encode("utf-8", "surrogatepass")] * 6,
        *[lambda: lines(rng, text).encode("utf-8")] * 2,
        lambda: soup(rng, texts).encode("utf-8"),
        lambda: octets(rng, text.encode("utf-8")),
    ]
    return rng.choice(edits)()


def _spec(rng: Random, folder: Path) -> str:
    path = folder / "mutant.sdhs"
    path.write_bytes(damaged(rng, specs()))
    return judged(path, path)


@cache
def _stereo() -> Program:
    return Program.read(SPECS / "stereo.sdhs")


def _genotype(rng: Random, folder: Path) -> str:
    path = folder / "mutant.sdhs"
    path.write_bytes(damaged(rng, genotypes()))
    inside(Program.read(path).check())
    inside(_stereo().with_genotype(path).check("retrain"))
    return ""


def _darts(rng: Random, folder: Path) -> str:
    text = tokens(rng, rng.choice(DARTS)) if rng.random() < 0.9 else soup(rng, DARTS)
    (folder / "mutant.txt").write_text(text, encoding="utf-8", errors="replace")
    found = Imported()
    try:
        read_darts(found, found.source("darts", text))
        made = genotype_file(found, OPERATIONS, "a comment")
    except StoppedError:
        made = ""
    inside(found.diagnostics)
    if not found.diagnostics.has_errors:
        assert parse(SourceFile("genotype", made), Diagnostics()) is not None, "the imported genotype doesn't parse"
    return text


def judged(spec: Path, mutant: Path) -> str:
    """Checks a spec, and prints and reads what was damaged, which is the spec or a file that it imports; returns its text."""
    inside(Program.read(spec).check())
    try:
        text = mutant.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
    file = parse(SourceFile("spec", text), Diagnostics())
    if file is not None:
        printed = print_file(file)
        back = parse(SourceFile("spec", printed), Diagnostics())
        assert back is not None and same(back, file), "fmt changes the meaning"
        assert print_file(back) == printed, "fmt isn't idempotent"
    return text


def inside(diagnostics: Diagnostics) -> None:
    """All diagnostics have a text and lie in their file; both renderers show them."""
    for found in diagnostics:
        assert found.summary
        source = diagnostics.sources[found.span.file]
        assert 1 <= found.span.line <= source.text.count("\n") + 1, f"line {found.span.line}"
        assert 1 <= found.span.column <= len(source.line(found.span.line)) + 2, f"column {found.span.column}"
    shown = caret.render(diagnostics)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown), "a control character is printed"
    assert as_json.as_object(diagnostics)["error_count"] == diagnostics.errors
