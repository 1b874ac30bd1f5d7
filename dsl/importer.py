"""Follows imports: from the project's folder and nowhere else, each file once in each space of names."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spikegraph.base.nearest import nearest
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix, Label
from spikegraph.dsl.dotted import resolved_item
from spikegraph.dsl.limits import DEEPEST_IMPORT, LARGEST_FILE, MOST_DECLARATIONS, MOST_IMPORTS
from spikegraph.dsl.parser import Parsed, decoded, parse_partly, read
from spikegraph.dsl.project_folder import cure
from spikegraph.dsl.renaming import Declared, declared, identity, renamed
from spikegraph.dsl.spec_files import SpecFiles
from spikegraph.dsl.vendored import package_of
from spikegraph.dsl.vendored_check import Vendored

_OWN = ("search", "retrain", "profile")
"""Declarations that importing a file ignores."""


@dataclass
class Space:
    """What files declare, without a named import or in one.

    Attributes:
        items: The declarations.
        broken: Kind and name of what can't be used.
        prefixes: For kind and name of what named imports brought, what they put before the name.
        done: The files that were imported.
        named: What named imports declare, by file and name of the import.
    """

    items: list[ast.Item] = field(default_factory=list[ast.Item])
    broken: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    prefixes: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    done: set[Path] = field(default_factory=set[Path])
    named: dict[tuple[Path, str], Declared] = field(default_factory=dict[tuple[Path, str], Declared])


@dataclass
class Importer:
    """Follows the imports of one spec; `incomplete` says whether names may be missing.

    `imports` is what the named imports of the spec itself declare, and `texts` those of files in place of what is on the disk.
    `followed_to` is the file that each import named, by the file that it is in and its text, and `read` the texts of these
    files. With `files` nothing is read from the disk; the paths are theirs.
    """

    root: Path
    diagnostics: Diagnostics
    incomplete: bool = False
    parsed: dict[Path, Parsed | None] = field(default_factory=dict[Path, Parsed | None])
    imports: Mapping[str, Declared] = field(default_factory=dict[str, Declared])
    taken: int = 0
    followed: int = 0
    texts: Mapping[Path, str] = field(default_factory=dict[Path, str])
    files: SpecFiles | None = None
    followed_to: dict[tuple[Path, str], Path] = field(default_factory=dict[tuple[Path, str], Path])
    read: dict[Path, str] = field(default_factory=dict[Path, str])

    def __post_init__(self) -> None:
        self.vendored = Vendored(self.root, self.diagnostics)

    def take(self, items: Sequence[ast.Item], shown: Path, stack: list[Path], space: Space) -> None:
        """Add the items of a file that messages call `shown` to a space; `stack` has the files that lead to it, itself last."""
        named = self._named(items, shown, stack, space)
        if len(stack) == 1:
            self.imports = named
        for item in items:
            if isinstance(item, ast.Import):
                real = None if item.name is not None else self._located(item, shown, stack)
                if real is not None and real not in space.done:
                    space.done.add(real)
                    self._enter(item, shown, real, stack, space)
            elif len(stack) == 1 or identity(item)[0] not in _OWN:
                if self.taken == MOST_DECLARATIONS:
                    help = f"a spec and its imports have at most {MOST_DECLARATIONS} declarations"
                    self.diagnostics.error("SG0116", item.span, "there are too many declarations", help=help)
                    self.incomplete = True
                    return
                self.taken += 1
                resolved = resolved_item(item, named, self.diagnostics, quiet=self.incomplete)
                if resolved is not None:
                    space.items.append(resolved)
                else:
                    space.broken.add(identity(item))

    def _named(self, items: Sequence[ast.Item], shown: Path, stack: list[Path], space: Space) -> dict[str, Declared]:
        """Follows the named imports of a file; returns what each declares."""
        found: dict[str, Declared] = {}
        first: dict[str, ast.Name] = {}
        for item in items:
            if not isinstance(item, ast.Import) or item.name is None:
                continue
            if first.setdefault(item.name.id, item.name) is not item.name:
                labels = [Label(first[item.name.id].span, "first here")]
                summary, help = f"`{item.name.id}` is imported twice", "give each import a name of its own"
                self.diagnostics.error("SG0204", item.name.span, summary, labels=labels, help=help)
                continue
            real = self._located(item, shown, stack)
            found[item.name.id] = {} if real is None else self._space(item, item.name.id, shown, real, stack, space)
        return found

    def _space(self, item: ast.Import, name: str, shown: Path, real: Path, stack: list[Path], space: Space) -> Declared:
        """Follows a named import, and adds what it brings under its new names; returns what it declares."""
        known = space.named.get((real, name))
        if known is not None:
            return known
        inner, prefix = Space(), f"{name}_"
        self._enter(item, shown, real, stack, inner)
        known = space.named[real, name] = declared(inner.items, inner.broken)
        for made in renamed(inner.items, known, prefix):
            space.items.append(made)
            space.prefixes[identity(made)] = prefix
        for kind, old in inner.broken:
            space.broken.add((kind, prefix + old))
        for (kind, old), before in inner.prefixes.items():
            space.prefixes[kind, prefix + old] = prefix + before
        return known

    def _located(self, item: ast.Import, shown: Path, stack: list[Path]) -> Path | None:
        """The file that an import names; None after an error."""
        real = self._checked(item, shown, stack) if self.files is None else self._held(item, stack, self.files)
        self.incomplete |= real is None
        if real is not None:
            self.followed_to[stack[-1], item.path.value] = real
        return real

    def _held(self, item: ast.Import, stack: list[Path], files: SpecFiles) -> Path | None:
        text = item.path.value
        target = files.targets.get(stack[-1].as_posix(), {}).get(text)
        if target is None or target not in files.texts or Path(target) in stack:
            self.diagnostics.error("SG0501", item.path.span, f'there is no file "{text}"')
            return None
        return Path(target)

    def _checked(self, item: ast.Import, shown: Path, stack: list[Path]) -> Path | None:
        text, place = item.path.value, item.path.span
        if text.startswith("@"):
            target = self.vendored.target(text, place)
            inside = None if target is None else package_of(self.root, target)
            if target is None:
                return None
        else:
            target, inside = stack[-1].parent / text, package_of(self.root, stack[-1])
        real = None if "\0" in text else Path(os.path.realpath(target))
        if real is not None and not real.is_relative_to(inside or self.root):
            what = "the project's folder" if inside is None else "its package"
            detail = f"the project's folder is `{self.root}`" if inside is None else f"the package's folder is `{inside}`"
            cured = cure(self.root, text, target) if inside is None else None
            help = cured or "import only files inside it; links may not lead out of it"
            self.diagnostics.error("SG0502", place, f'"{text}" is outside {what}', detail=detail, help=help)
        elif real is None or not _is_file(real):
            near = _near(target)
            file = None if near is None else f'"{Path(text).with_name(near).as_posix()}"'
            help = None if near is None else f"did you mean `{near}`?"
            fixes = () if file is None else (Fix(place, file, f"write {file}"),)
            self.diagnostics.error("SG0501", place, f'there is no file "{text}"', help=help, fixes=fixes)
        elif real in stack:
            circle = " -> ".join(p.name for p in [*stack[stack.index(real) :], real])
            self.diagnostics.error("SG0503", place, f"imports form a cycle: {circle}")
        elif len(stack) > DEEPEST_IMPORT:
            help = f"a chain of imports may have at most {DEEPEST_IMPORT} files"
            self.diagnostics.error("SG0504", place, "imports are nested too deeply", help=help)
        else:
            return real
        return None

    def _enter(self, item: ast.Import, shown: Path, real: Path, stack: list[Path], space: Space) -> None:
        """Adds the items of a file that is imported."""
        self.followed += 1
        if self.followed > MOST_IMPORTS:
            if self.followed == MOST_IMPORTS + 1:
                help = f"a spec follows at most {MOST_IMPORTS} imports; named imports of one file count each time"
                self.diagnostics.error("SG0504", item.path.span, "there are too many imports", help=help)
            self.incomplete = True
            return
        text = item.path.value
        called = real.relative_to(self.root) if text.startswith("@") else Path(os.path.normpath(shown.parent / text))
        if real not in self.parsed:
            self.parsed[real] = self._read(item, called, real)
        parsed = self.parsed[real]
        if parsed is None:
            self.incomplete = True
            return
        space.broken |= {(kind, name) for kind, name in parsed.broken if kind not in _OWN}
        self.incomplete |= parsed.incomplete
        self.take(parsed.file.items, called, [*stack, real], space)

    def _read(self, item: ast.Import, shown: Path, real: Path) -> Parsed | None:
        place = item.path.span
        if self.files is not None:
            file = decoded(self.files.texts[real.as_posix()], str(shown), place, self.diagnostics)
        else:
            file = read(real, self.diagnostics, name=str(shown), at=place, texts=self.texts)
        if file is not None and sum(len(s.text) for s in self.diagnostics.sources.values()) > LARGEST_FILE:
            help = f"a spec and its imports have together at most {LARGEST_FILE} bytes"
            self.diagnostics.error("SG0104", place, "the spec and its imports are too large", help=help)
            return None
        if file is None or (self.files is None and not self.vendored.unchanged(real, file.text, place)):
            return None
        self.read[real] = file.text
        return parse_partly(file, self.diagnostics)


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
