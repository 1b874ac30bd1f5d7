"""A file with its imports, read once, from the project's folder and nowhere else."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix, StoppedError
from spikegraph.dsl.limits import DEEPEST_IMPORT, LARGEST_FILE, MOST_DECLARATIONS
from spikegraph.dsl.nearest import nearest
from spikegraph.dsl.parser import parse_partly, read
from spikegraph.dsl.source import SourceFile, Span

_MARKS = ("pyproject.toml", ".git")
_OWN = ("search", "retrain", "profile")
"""Declarations that importing a file ignores."""


@dataclass
class Source:
    """A spec's text, parsed: the items of a file and its imports, in order, imports replaced by what they bring.

    Attributes:
        name: The file, as the user named it.
        text: What was in it; empty where it can't be read.
        span: All of it.
        items: The declarations.
        broken: Kind and name of what can't be used.
        incomplete: Whether names may be missing.
        diagnostics: What is wrong with the text, with the texts of all files.
    """

    name: str
    text: str = ""
    span: Span = field(default_factory=lambda: Span("", 1, 1, 1, 1))
    items: list[ast.Item] = field(default_factory=list[ast.Item])
    broken: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    incomplete: bool = False
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


def project_root(entry: Path) -> Path:
    """The project's folder: the nearest one above `entry` with a pyproject.toml or a .git, or the folder of `entry`."""
    folder = Path(os.path.realpath(entry)).parent
    for candidate in (folder, *folder.parents):
        if any((candidate / mark).exists() for mark in _MARKS):
            return candidate
    return folder


def load(path: Path, root: Path | None = None) -> Source:
    """Reads and parses `path` and all that it imports; imports stay inside `root`, by default the project's folder.

    Errors are in the result's `diagnostics`, never raised.
    """
    source = Source(str(path), span=Span(str(path), 1, 1, 1, 1))
    file = read(path, source.diagnostics)
    if file is None:
        source.incomplete = True
        return source
    top = Path(os.path.realpath(root)) if root is not None else project_root(path)
    _parse(file, source, _Importer(top, source), path, Path(os.path.realpath(path)))
    return source


def load_text(text: str, name: str) -> Source:
    """Parses a text that is no file, such as a genotype that a search found; `name` stands for it in messages."""
    source = Source(name)
    folder = Path.cwd()
    _parse(SourceFile(name, text), source, _Importer(folder, source), folder / name, folder / name)
    return source


def _parse(file: SourceFile, source: Source, importer: "_Importer", shown: Path, real: Path) -> None:
    parsed = parse_partly(file, source.diagnostics)
    source.text, source.span = file.text, parsed.file.span
    source.broken |= parsed.broken
    source.incomplete |= parsed.incomplete
    try:
        importer.take(parsed.file.items, shown, [real])
    except StoppedError:
        source.incomplete = True


@dataclass
class _Importer:
    root: Path
    source: Source
    done: set[Path] = field(default_factory=set[Path])

    def take(self, items: Sequence[ast.Item], shown: Path, stack: list[Path]) -> None:
        """Add the items of a file that messages call `shown`; `stack` has the chain of files that leads to it, itself last."""
        for item in items:
            if isinstance(item, ast.Import):
                self.follow(item, shown, stack)
            elif len(stack) == 1 or item_kind(item) not in _OWN:
                if len(self.source.items) == MOST_DECLARATIONS:
                    help = f"a spec and its imports have at most {MOST_DECLARATIONS} declarations"
                    self.source.diagnostics.error("SG0116", item.span, "there are too many declarations", help=help)
                    self.source.incomplete = True
                    return
                self.source.items.append(item)

    def follow(self, item: ast.Import, shown: Path, stack: list[Path]) -> None:
        text, place = item.path.value, item.path.span
        target = shown.parent / text
        real = None if "\0" in text else Path(os.path.realpath(stack[-1].parent / text))
        if real is not None and not real.is_relative_to(self.root):
            self.source.diagnostics.error(
                "SG0502",
                place,
                f'"{text}" is outside the project\'s folder',
                detail=f"the project's folder is `{self.root}`",
                help="import only files inside it; links may not lead out of it",
            )
        elif real is None or not _is_file(real):
            near = self._near(target)
            file = None if near is None else f'"{Path(text).with_name(near).as_posix()}"'
            help = None if near is None else f"did you mean `{near}`?"
            fixes = () if file is None else (Fix(place, file, f"write {file}"),)
            self.source.diagnostics.error("SG0501", place, f'there is no file "{text}"', help=help, fixes=fixes)
        elif real in stack:
            circle = " -> ".join(p.name for p in [*stack[stack.index(real) :], real])
            self.source.diagnostics.error("SG0503", place, f"imports form a cycle: {circle}")
        elif len(stack) > DEEPEST_IMPORT:
            self.source.diagnostics.error(
                "SG0504",
                place,
                "imports are nested too deeply",
                help=f"a chain of imports may have at most {DEEPEST_IMPORT} files",
            )
        elif real not in self.done:
            self.done.add(real)
            self._read(item, Path(os.path.normpath(target)), real, stack)
            return
        else:
            return
        self.source.incomplete = True

    def _read(self, item: ast.Import, shown: Path, real: Path, stack: list[Path]) -> None:
        file = read(real, self.source.diagnostics, name=str(shown), at=item.path.span)
        if file is not None and sum(len(s.text) for s in self.source.diagnostics.sources.values()) > LARGEST_FILE:
            help = f"a spec and its imports have together at most {LARGEST_FILE} bytes"
            self.source.diagnostics.error("SG0104", item.path.span, "the spec and its imports are too large", help=help)
            file = None
        if file is None:
            self.source.incomplete = True
            return
        parsed = parse_partly(file, self.source.diagnostics)
        self.source.broken |= {(kind, name) for kind, name in parsed.broken if kind not in _OWN}
        self.source.incomplete |= parsed.incomplete
        self.take(parsed.file.items, shown, [*stack, real])

    @staticmethod
    def _near(target: Path) -> str | None:
        try:
            names = sorted(entry.name for entry in os.scandir(target.parent) if entry.name.endswith(".sdhs"))
        except (OSError, ValueError):
            return None
        return nearest(target.name, [name for name in names if name != target.name])


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name that is too long for the file system
        return False


def item_kind(item: ast.Item) -> str:
    """The first word of an item."""
    match item:
        case ast.Declaration() | ast.Run():
            return item.kind
        case ast.Block():
            return "block"
        case ast.Path():
            return "path"
        case ast.Import():
            return "import"
