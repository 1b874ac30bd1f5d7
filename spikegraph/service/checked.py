"""What the compiler says of a text: everything that is wrong, the types of its wires, its counts. Slower than other answers."""

from collections.abc import Mapping
from pathlib import Path

from spikegraph.analysis.statistics import Statistics
from spikegraph.base.errors import PassError
from spikegraph.base.record import record
from spikegraph.dsl.diagnostics import Diagnostic, Diagnostics, SpecError
from spikegraph.dsl.project_folder import project_root
from spikegraph.dsl.source import Span
from spikegraph.elaborate.typed_builder import Types
from spikegraph.program import elaborated
from spikegraph.program.program import Program

NO_TYPES: Mapping[Span, tuple[str, ...]] = {}


@record
class Counts:
    """A network's counts: trainable parameters, and operations of a time step, with every input a spike."""

    network: str
    phase: str
    parameters: int
    additions: float
    multiplications: float
    millijoules: float


@record
class Checked:
    """What is known of one state of a file and its imports; spans name files by their path.

    Attributes:
        path: The file.
        text: Its text.
        diagnostics: Errors and warnings, those in imported files included.
        types: For the place of an expression its types, one for each use of its block that gives another one.
        counts: Those of the network; None where the spec is wrong, or nothing was counted.
    """

    path: Path
    text: str
    diagnostics: tuple[Diagnostic, ...]
    types: Mapping[Span, tuple[str, ...]]
    counts: Counts | None = None


def check(path: Path, texts: Mapping[Path, str]) -> Checked:
    """Checks a file and counts its network; `texts` are those of open files by their real path."""
    program = Program.read(path, texts=texts)
    found = checked(program, path, program.check())
    counts = None if program.resolved.diagnostics.has_errors else _counts(program)
    return Checked(path, found.text, found.diagnostics, found.types, counts)


def checked(program: Program, path: Path, diagnostics: Diagnostics) -> Checked:
    """What is known of a program that was read from a file, with what was found wrong so far, without its counts."""
    return Checked(path, program.source.text, at_path(diagnostics, path), _types(program, path))


def at_path(diagnostics: Diagnostics, path: Path) -> tuple[Diagnostic, ...]:
    """What was found wrong, with spans that name files by their path."""
    return tuple(_at_path(each, path) for each in diagnostics)


def _types(program: Program, path: Path) -> Mapping[Span, tuple[str, ...]]:
    if not program.spec.networks:
        return NO_TYPES
    found: Types = {}
    for use in elaborated.uses(program.spec, program.phase)[:1]:
        found = program.types(use)
    return {_placed(span, path): tuple(str(value) for value in values) for span, values in found.items()}


def _counts(program: Program) -> Counts | None:
    try:
        built = program.build()
        statistics = Statistics.of(built.outline, built.plain, time=built.time_steps)
    except (SpecError, PassError):
        return None
    layers = statistics.layers
    additions, multiplications = sum(each.additions for each in layers), sum(each.multiplications for each in layers)
    return Counts(built.space.name, built.phase, statistics.parameters, additions, multiplications, statistics.millijoules)


def _at_path(found: Diagnostic, path: Path) -> Diagnostic:
    labels = tuple(type(label)(_placed(label.span, path), label.text) for label in found.labels)
    fixes = tuple(type(fix)(_placed(fix.span, path), fix.replacement, fix.text) for fix in found.fixes)
    place = _placed(found.span, path)
    return Diagnostic(found.code, found.severity, place, found.summary, found.detail, labels, found.help, fixes)


def _placed(span: Span, path: Path) -> Span:
    """A span whose file is a path; messages call vendored files by their place in the project."""
    file = Path(span.file)
    if file.is_absolute():
        return span
    return Span(str(project_root(path) / file), span.line, span.column, span.end_line, span.end_column)
