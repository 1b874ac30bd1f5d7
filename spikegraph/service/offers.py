"""What can be named at a place, whatever is written there: declarations, and the key whose value it is."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from spikegraph.base.record import record
from spikegraph.dsl.schema.key import Key
from spikegraph.service.cursor import Cursor
from spikegraph.service.document import At, Document
from spikegraph.service.found import Found
from spikegraph.service.neuron_models import schema
from spikegraph.service.outline import Node
from spikegraph.service.paths import owners
from spikegraph.service.vocabulary import Entry
from spikegraph.service.wire_types import Types, shown
from spikegraph.service.workspace import Workspace


@record
class Completion:
    """A word that may stand at the place: what it is (`key`, `operation`, `wire`, a kind of declaration), what it says more."""

    name: str
    sort: str
    detail: str
    doc: str = ""


class Keyed(NamedTuple):
    """A key, and the declaration that has it."""

    key: Key[object]
    document: Document
    piece: int
    node: Node


def plain(entries: Iterable[Entry]) -> Iterator[Completion]:
    """Words of the language."""
    return (Completion(e.name, e.sort, e.usage, e.doc) for e in entries)


class Offers:
    """What can be named at a place."""

    def __init__(self, workspace: Workspace, document: Document, at: Cursor, types: Types) -> None:
        self.workspace, self.document, self.at, self.types = workspace, document, at, types

    def text(self, token: int) -> str:
        """The text of a token of the piece."""
        return self.document.text_of(self.at.piece, token)

    @cached_property
    def in_value(self) -> bool:
        """Whether the place is in the value of an entry, which ends with its line unless a bracket is open."""
        statement, at = self.at.statement, self.at
        if statement is None or statement.kind != "entry":
            return False
        open_, equals = 0, -1
        for i in range(statement.range[0], len(at.before)):
            text = at.before[i].text
            open_ += (text in ("(", "[")) - (text in (")", "]"))
            equals = i if text == "=" and open_ == 0 else equals
        if equals < 0:
            return False
        behind = at.before[equals].end
        written = self.document.pieces[at.piece].text[behind : at.before[-1].end]
        return open_ > 0 or equals == len(at.before) - 1 or "\n" not in written

    @cached_property
    def keyed(self) -> Keyed | None:
        """The key whose value is at the place, also that which a profile changes."""
        statement = self.at.statement
        if statement is None or statement.kind != "entry":
            return None
        *path, name = map(self.text, statement.names)
        around = ((self.document, self.at.piece, self.at.around[-1]),)
        profile = self.at.around[-1].kind == "profile"
        for owner in (owners(self.workspace, self.document, tuple(path)) if path else ()) if profile else around:
            for key in schema(self.workspace, *owner):
                if key.name == name:
                    return Keyed(key, *owner)
        return None

    def of(self, document: Document, at: At, name: str | None = None) -> Completion:
        """A definition, by another name if it has one here."""
        symbol = document.symbol(at)
        type_ = shown(self.types.of(at)) if document is self.document and symbol.kind in ("wire", "input") else ""
        return Completion(name or symbol.name, symbol.kind, type_ or symbol.kind)

    def declared(self, *kinds: str, of: Document | None = None) -> Iterator[Completion]:
        """The declarations of some kinds; those of a named import behind its dot where imports are of these kinds."""
        for name, (document, at) in self.workspace.visible(of or self.document):
            found = self.of(document, at, name)
            if found.sort in kinds and (found.name == document.symbol(at).name or "import" not in kinds):
                yield found

    def brought(self, *kinds: str) -> Iterator[Completion]:
        """The declarations of some kinds of the named import before the dot."""
        before = f"{'_'.join(self.at.path)}_"
        for name, found in self.workspace.visible(self.document):
            if found.definition.kind in kinds and name == before + found.definition.name:
                yield self.of(*found)

    def named(self, *kinds: str) -> Iterator[Completion]:
        """The declarations of some kinds, behind a dot those of the named import before it."""
        yield from self.brought(*kinds) if self.at.path else self.declared(*kinds)

    def members(self, document: Document, name: str, kind: str = "network") -> dict[str, Found]:
        """What a declaration of a document consists of."""
        found = self.workspace.declared(document, name, (kind,))
        return {} if found is None else self.workspace.members(found)

    def inside(self, name: str) -> Found | None:
        """A block inside of the networks around the place."""
        for i, definition in enumerate(self.document.names[self.at.piece].definitions):
            if definition.kind == "block" and definition.name == name:
                return Found(self.document, At(self.at.piece, i))
        return None
