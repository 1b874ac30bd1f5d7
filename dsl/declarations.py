"""The declarations of a spec by kind and name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Label
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.schema.statements import ITEM_WORDS, KINDS
from spikegraph.dsl.source import Span

Named = ast.Declaration | ast.Block | ast.Path


@record
class Broken:
    """Declarations that already have errors: nothing more is reported about what depends on them.

    `names` has their kinds and names; `incomplete` means that there may be declarations whose names are unknown.
    """

    names: frozenset[tuple[str, str]] = frozenset()
    incomplete: bool = False

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return frozenset(kind for kind, _ in self.names)

    def excuses(self, kind: str, name: str) -> bool:
        """Whether there may be a broken declaration of this kind and name."""
        return self.incomplete or (kind, name) in self.names

    def has(self, *kinds: str) -> bool:
        """Whether there may be a broken declaration of one of these kinds."""
        return self.incomplete or not self._kinds.isdisjoint(kinds)

    def __bool__(self) -> bool:
        return self.incomplete or bool(self.names)


@dataclass
class Declarations:
    """The declarations of a file and its imports; different kinds may use the same name.

    `broken` has kind and name of unusable declarations; `incomplete` means that names may be missing. `bases` has the names
    that `like` named, by kind and name of the declaration, and `prefixes` what named imports put before names; `spaces` are
    the names of those of the file itself. `unused` has the networks of named imports that no run uses; they are none of the
    spec's, but profiles may change what is like them.
    """

    named: dict[str, dict[str, Named]] = field(default_factory=lambda: {kind: {} for kind in (*KINDS, "block", "path")})
    runs: dict[str, ast.Run] = field(default_factory=dict[str, ast.Run])
    broken: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    incomplete: bool = False
    bases: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    prefixes: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    spaces: tuple[str, ...] = ()
    unused: dict[str, Named] = field(default_factory=dict[str, Named])

    def copy(self, *, unused: bool) -> "Declarations":
        """A copy that overrides may change, with or without the networks that no run uses."""
        named = {kind: dict(table) for kind, table in self.named.items()}
        named["network"].update(self.unused if unused else {})
        return replace(self, named=named, runs=dict(self.runs))

    def all(self, kind: str) -> dict[str, ast.Declaration]:
        """The declarations of a kind other than `block` and `path`, by name."""
        return {name: d for name, d in self.named[kind].items() if isinstance(d, ast.Declaration)}

    def blocks(self) -> dict[str, ast.Block]:
        """The blocks beside networks, by name."""
        return {name: d for name, d in self.named["block"].items() if isinstance(d, ast.Block)}

    def paths(self) -> dict[str, ast.Path]:
        """The paths by the name of their trellis."""
        return {name: d for name, d in self.named["path"].items() if isinstance(d, ast.Path)}


def collect(items: Iterable[ast.Item], declarations: Declarations, diagnostics: Diagnostics, *, replace: bool = False) -> None:
    """Add `items`; with `replace` they replace declarations of the same name."""
    for item in items:
        match item:
            case ast.Declaration(kind, name):
                if kind not in KINDS:
                    unknown_kind(ast_start(item, len(kind)), kind, diagnostics)
                    declarations.incomplete = True
                    continue
                _add(declarations, name, item, kind, diagnostics, replace)
            case ast.Block(name):
                _add(declarations, name, item, "block", diagnostics, replace)
            case ast.Path(name):
                _add(declarations, name, item, "path", diagnostics, replace)
            case ast.Run(kind):
                first = declarations.runs.get(kind)
                if first is not None:
                    diagnostics.error(
                        "SG0217",
                        ast_start(item, len(kind)),
                        f"a second `{kind}`",
                        labels=[Label(ast_start(first, len(kind)), "first here")],
                        help=f"a file may have only one `{kind}`",
                    )
                    continue
                declarations.runs[kind] = item
            case ast.Import():
                raise ValueError("imports are followed before declarations are collected")


def unknown_kind(span: Span, word: str, diagnostics: Diagnostics) -> None:
    """Add the error that no declaration begins with `word`."""
    help = did_you_mean(word, ITEM_WORDS) or f"write one of {listed(ITEM_WORDS, len(ITEM_WORDS))}"
    summary = f"unknown declaration `{word}`"
    diagnostics.error("SG0201", span, summary, help=help, fixes=rename(span, word, ITEM_WORDS))


def _add(declarations: Declarations, name: ast.Name, item: Named, kind: str, diagnostics: Diagnostics, replace: bool) -> None:
    table = declarations.named[kind]
    first = table.get(name.id)
    if first is not None and not replace:
        place = first.trellis.span if isinstance(first, ast.Path) else first.name.span
        summary, help = f"{kind} `{name.id}` is declared twice", _other_name(declarations, kind, name, place)
        diagnostics.error("SG0204", name.span, summary, labels=[Label(place, "first here")], help=help)
        declarations.incomplete = True  # one of the two was probably to have another name
        return
    table[name.id] = item


def _other_name(declarations: Declarations, kind: str, name: ast.Name, first: Span) -> str | None:
    """How names of two files are told apart; None for those of one file."""
    if first.file == name.span.file:
        return None
    prefix = declarations.prefixes.get((kind, name.id))
    if prefix is None:
        return 'rename one of them, or give an import a name: `import "FILE" as NAME`'
    space = next((space for space in declarations.spaces if prefix.startswith(f"{space}_")), prefix[:-1])
    old = name.id.removeprefix(f"{space}_")
    return f"`{name.id}` is `{old}` of the import `{space}`: give the import or the other declaration another name"


def ast_start(item: ast.Item | ast.Statement, width: int) -> Span:
    """The span of a node's first `width` characters, such as its first word."""
    span = item.span
    return Span(span.file, span.line, span.column, span.line, span.column + width)
