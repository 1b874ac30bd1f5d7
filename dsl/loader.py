"""A file with its imports, read once, from the project's folder and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, StoppedError
from spikegraph.dsl.importer import Importer, Space
from spikegraph.dsl.parser import NO_TEXTS, decoded, parse_partly, read
from spikegraph.dsl.project_folder import project_root
from spikegraph.dsl.renaming import Declared
from spikegraph.dsl.shown import counted
from spikegraph.dsl.source import SourceFile, Span
from spikegraph.dsl.spec_files import SpecFiles, spec_files


@dataclass
class Source:
    """A spec's text, parsed: the items of a file and its imports, in order, imports replaced by what they bring.

    Attributes:
        name: The file, as the user named it.
        text: What was in it; empty where it can't be read.
        span: All of it.
        items: The declarations.
        broken: Kind and name of what can't be used.
        prefixes: For kind and name of what named imports brought, what they put before the name.
        imports: What the named imports of the file itself declare.
        incomplete: Whether names may be missing.
        diagnostics: What is wrong with the text, with the texts of all files.
        files: The files that were read; None where there is none.
    """

    name: str
    text: str = ""
    span: Span = field(default_factory=lambda: Span("", 1, 1, 1, 1))
    items: list[ast.Item] = field(default_factory=list[ast.Item])
    broken: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    prefixes: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    imports: Mapping[str, Declared] = field(default_factory=dict[str, Declared])
    incomplete: bool = False
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    files: SpecFiles | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return (
            f"<Source {self.name}, {counted(len(self.text.splitlines()), 'line')}, {counted(len(self.items), 'declaration')}>"
        )


def load(path: Path, root: Path | None = None, texts: Mapping[Path, str] = NO_TEXTS) -> Source:
    """Reads and parses `path` and all that it imports; imports stay inside `root`, by default the project's folder.

    `texts` are those of some files in place of what is on the disk, by their real path, such as those that an editor has open.

    Errors are in the result's `diagnostics`, never raised.
    """
    source = Source(str(path), span=Span(str(path), 1, 1, 1, 1))
    file = read(path, source.diagnostics, texts=texts)
    if file is None:
        source.incomplete = True
        return source
    top = Path(os.path.realpath(root)) if root is not None else project_root(path)
    real, importer = Path(os.path.realpath(path)), Importer(top, source.diagnostics, texts=texts)
    _parse(file, source, importer, path, real)
    source.files = spec_files(top, real, {real: source.text, **importer.read}, importer.followed_to)
    return source


def load_files(files: SpecFiles, name: str) -> Source:
    """As `load`, of files that were read before; `name` is the spec's path then. Nothing is read from the disk."""
    place = Span(name, 1, 1, 1, 1)
    source = Source(name, span=place, files=files)
    file = decoded(files.texts.get(files.spec, ""), name, place, source.diagnostics)
    if file is None:
        source.incomplete = True
        return source
    _parse(file, source, Importer(Path(), source.diagnostics, files=files), Path(name), Path(files.spec))
    return source


def load_text(text: str, name: str) -> Source:
    """Parses a text that is no file, such as a genotype that a search found; `name` stands for it in messages."""
    place = Span(name, 1, 1, 1, 1)
    source = Source(name, span=place)
    file = decoded(text, name, place, source.diagnostics)
    if file is None:
        source.incomplete = True
        return source
    folder = Path.cwd()
    _parse(file, source, Importer(folder, source.diagnostics), folder / name, folder / name)
    return source


def _parse(file: SourceFile, source: Source, importer: Importer, shown: Path, real: Path) -> None:
    parsed = parse_partly(file, source.diagnostics)
    source.text, source.span = file.text, parsed.file.span
    importer.incomplete = parsed.incomplete
    space = Space(broken=set(parsed.broken))
    try:
        importer.take(parsed.file.items, shown, [real], space)
    except StoppedError:
        importer.incomplete = True
    source.items, source.broken, source.prefixes = space.items, space.broken, space.prefixes
    source.imports, source.incomplete = importer.imports, importer.incomplete
