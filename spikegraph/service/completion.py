"""What may be written at a place."""

from collections.abc import Iterable, Iterator

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.schema.cell import MOST_NODES
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.network import INPUT_KINDS
from spikegraph.dsl.schema.statements import ALLOWED, ITEM_WORDS
from spikegraph.ir.opdef import OPS
from spikegraph.service import vocabulary
from spikegraph.service.checked import Checked
from spikegraph.service.cursor import Call, Cursor, cursor
from spikegraph.service.document import At, Document
from spikegraph.service.found import Found
from spikegraph.service.names import CALLED
from spikegraph.service.neuron_models import changed_keys, schema
from spikegraph.service.outline import RUNS, Node
from spikegraph.service.paths import after as path_after
from spikegraph.service.places import Place
from spikegraph.service.vocabulary import Entry
from spikegraph.service.wire_types import Types, shown
from spikegraph.service.workspace import Workspace

_STATEMENTS = {
    ast.Param: "param",
    ast.Input: "input",
    ast.Output: "output",
    ast.Return: "return",
    ast.Block: "block",
    ast.Dgs: "dgs",
}


@record
class Completion:
    """A word that may stand at the place: what it is (`key`, `operation`, `wire`, a kind of declaration), what it says more."""

    name: str
    sort: str
    detail: str
    doc: str = ""


def completion(workspace: Workspace, document: Document, place: Place, checked: Checked | None) -> tuple[Completion, ...]:
    """What may be written at a place, all that begins with the part of a word before it; sorted, each word once."""
    at = cursor(document, place)
    if at.comment:
        return ()
    found: dict[str, Completion] = {}
    completer = _Completer(workspace, document, at, Types(document, checked))
    for each in completer.texts() if at.quoted else completer.offered():
        if each.name.startswith(at.prefix):
            found.setdefault(each.name, each)
    return tuple(sorted(found.values(), key=lambda c: (c.sort in ("operation", "keyword"), c.name)))


def plain(entries: Iterable[Entry]) -> Iterator[Completion]:
    """Words of the language."""
    return (Completion(e.name, e.sort, e.usage, e.doc) for e in entries)


class _Completer:
    def __init__(self, workspace: Workspace, document: Document, at: Cursor, types: Types) -> None:
        self.workspace, self.document, self.at, self.types = workspace, document, at, types

    def offered(self) -> Iterator[Completion]:
        at = self.at
        if not at.around:
            yield from self.outside()
        elif at.around[-1].kind == "profile" and (at.statement is None or at.last != "="):
            parts = path_after(self.workspace, self.document, at.path)
            yield from (Completion(name, "path", what) for name, what in parts)
        elif at.path:
            yield from self.behind_dot()
        elif at.statement is None:
            yield from self.statements(at.around[-1])
        elif at.call is not None and at.last in ("(", ",") and self.arguments():
            yield from self.arguments()
            yield from self.choices(at.call)
            yield from self.of_parameter() or (self.value(at.statement) if self.key() is None else ())
        elif at.call is not None and at.call.name is not None:
            yield from self.choices(at.call)
            yield from self.of_parameter() or self.value(at.statement)
        else:
            yield from self.value(at.statement)

    def outside(self) -> Iterator[Completion]:
        """Between declarations: their words, or the names that a head needs."""
        last = self.at.last
        words = [t.text for t in self.at.before[-3:]]
        if last == "on":
            yield from self.declared("dataset")
        elif last in RUNS:
            yield from self.declared("network")
        elif last == "genotype":
            yield from self.declared("cell", "network")
        elif last == "path":
            yield from self.declared("trellis")
        elif last == "like" and len(words) == 3:
            yield from self.declared(words[0])
        elif self.at.call is not None and self.at.call.function:
            owner = self.workspace.declared(self.document, self.at.call.function, ("network",))
            members = {} if owner is None else self.workspace.members(owner)
            yield from (self.of(*found) for found in members.values() if found.symbol.kind == "param")
        elif len(words) > 1 and words[-2] in RUNS:
            yield Completion("on", "keyword", "on DATASET { ... }")
        elif len(words) > 1 and words[-2] in ITEM_WORDS and last not in ("}", "]"):
            yield Completion("like", "keyword", "like NAME")
        elif last not in ITEM_WORDS:
            yield from (Completion(word, "keyword", f"{word} ...") for word in ITEM_WORDS)

    def statements(self, node: Node) -> Iterator[Completion]:
        """The keys that a declaration doesn't have yet, and the words that begin statements."""
        given = {self.document.token(self.at.piece, e.names[0]).text for e in node.body if e.names}
        for key in schema(self.workspace, self.document, self.at.piece, node):
            if key.name not in given:
                yield from plain([vocabulary.key_entry(key)])
        for kind in ALLOWED.get(node.kind, ()):
            if kind in _STATEMENTS:
                yield Completion(_STATEMENTS[kind], "keyword", f"{_STATEMENTS[kind]} ...")
        if node.kind == "genotype":
            yield from self.nodes(node)

    def nodes(self, node: Node) -> Iterator[Completion]:
        """The nodes of a genotype's cell."""
        name = self.document.token(self.at.piece, node.names[0]).text
        cell = self.workspace.declared(self.document, name, ("cell",))
        count = "".join(() if cell is None else self.workspace.value(cell, "nodes")[1])
        known = min(int(count), MOST_NODES) if count.isdecimal() and len(count) < 10 else 0
        yield from (Completion(f"n{i}", "wire", f"node of `{name}`") for i in range(known))

    def arguments(self) -> list[Completion]:
        """The arguments that the open call doesn't have yet."""
        call = self.at.call
        if call is None:
            return []
        owner = self.workspace.declared(self.document, call.function, CALLED) or self.inside(call.function)
        if owner is not None:
            symbol = owner[0].symbol(owner[1])
            if symbol.kind == "neuron":
                of_neuron = changed_keys(self.workspace, Found(*owner))
                found = [Completion(k.name, "argument", f"{k.name} = {k.default}", k.doc) for k in of_neuron]
            else:
                members = (owner[0].symbol(at) for at in owner[0].members(owner[1]).values())
                found = [Completion(m.name, "argument", f"param of `{symbol.name}`") for m in members if m.kind == "param"]
        else:
            entry = vocabulary.called(call.function) or self.vocabulary(call.function)
            found = [] if entry is None else [Completion(n, "argument", f"{n} = ...", what) for n, what in entry.parameters]
        return [each for each in found if each.name not in call.given]

    def choices(self, call: Call) -> Iterator[Completion]:
        """The words that the argument of an operation takes."""
        op = OPS.get(call.function)
        operands = 0 if op is None else len(op.operands) - call.piped
        yield from plain(vocabulary.choices(call.function, call.name or call.argument - operands))

    def of_parameter(self) -> list[Completion]:
        """The words of the parameter, of a call of the key's vocabulary, whose value this is."""
        key, call = self.key(), self.at.call
        if key is None or call is None:
            return []
        found = vocabulary.parameter(key.type, call.function, call.argument if call.name is None else call.name)
        return [] if found is None else [*plain(vocabulary.values(found.type))]

    def texts(self) -> Iterator[Completion]:
        """What may be written in the string: words of the parameter that need quotes, without them."""
        for each in self.of_parameter():
            if each.name.startswith('"'):
                name = each.name.strip('"')
                yield Completion(name, each.sort, name, each.doc)

    def inside(self, name: str) -> tuple[Document, At] | None:
        """A block inside of the networks around the place."""
        for i, definition in enumerate(self.document.names[self.at.piece].definitions):
            if definition.kind == "block" and definition.name == name:
                return self.document, At(self.at.piece, i)
        return None

    def vocabulary(self, name: str) -> Entry | None:
        """A call of the vocabulary of the key whose value this is."""
        key = self.key()
        return None if key is None else next((e for e in vocabulary.values(key.type) if e.name == name), None)

    def key(self) -> Key[object] | None:
        """The key whose value this is."""
        statement = self.at.statement
        if statement is None or statement.kind != "entry":
            return None
        name = self.document.token(self.at.piece, statement.names[0]).text
        known = {key.name: key for key in schema(self.workspace, self.document, self.at.piece, self.at.around[-1])}
        return known.get(name)

    def value(self, statement: Node) -> Iterator[Completion]:
        """The values of a key, or the wires and operations of a dataflow."""
        node, key = self.at.around[-1], self.key()
        if key is not None:
            yield from plain(vocabulary.values(key.type))
            kind = vocabulary.declared_kind(key.type)
            yield from self.declared(*(() if kind is None else (kind,)))
            if key.name == "loss":
                yield from self.outputs(node)
        elif statement.kind == "input":
            yield from (Completion(kind, "value", f"{kind}[...]", doc) for kind, doc in INPUT_KINDS.items())
        elif node.kind in ("network", "block", "candidates"):
            yield from self.dataflow()
        elif node.kind == "genotype":
            yield from self.of_cell(node)
        elif node.kind == "model":
            yield from self.visible()

    def dataflow(self) -> Iterator[Completion]:
        """After an arrow what takes a value; else values first."""
        if self.at.last != "->":
            yield from self.visible()
        yield from (self.of(self.document, At(self.at.piece, i)) for i in self.blocks())
        yield from (self.of(*found) for found in self.by_like() if found.kind == "block")
        yield from self.declared(*CALLED[:3], *(("cell",) if self.at.call is not None else ()), "import")
        yield from plain(vocabulary.operations())

    def blocks(self) -> list[int]:
        found = self.document.names[self.at.piece].definitions
        return [i for i, d in enumerate(found) if d.kind == "block" and d.parent is not None]

    def visible(self) -> Iterator[Completion]:
        """The wires, inputs and params of the declarations around the place, innermost first, then those by `like`."""
        definitions, call = self.document.names[self.at.piece].definitions, self.at.call
        before = call is not None and call.function == "previous"  # whose wire may be the one that is being defined
        for node in reversed(self.at.around):
            owner = next(
                (i for i, d in enumerate(definitions) if d.node is node and d.kind in ("network", "block", "model")), None
            )
            for i, definition in enumerate(definitions):
                here = definition.node is self.at.statement and not before
                if definition.parent == owner and definition.kind != "block" and not here:
                    yield self.of(self.document, At(self.at.piece, i))
        written = () if before or self.at.statement is None else self.at.statement.names
        own = {self.document.token(self.at.piece, i).text for i in written}
        yield from (self.of(*found) for found in self.by_like() if found.kind != "block" and found.definition.name not in own)

    def by_like(self) -> Iterator[Found]:
        """What the network around the place has of those behind its `like`."""
        node = self.at.around[0]
        base = None if node.kind != "network" or node.base is None else self.document.token(self.at.piece, node.base).text
        found = None if base is None else self.workspace.declared(self.document, base, ("network",))
        yield from () if found is None else self.workspace.members(found).values()

    def behind_dot(self) -> Iterator[Completion]:
        """What a named import has."""
        space = self.document.declared.get(("import", self.at.path[-1]))
        if space is None:
            return
        other = self.workspace.brought(Found(self.document, space))
        for document in () if other is None else self.workspace.imported(other):
            for (kind, _), at in document.declared.items():
                if kind in (*CALLED, "model", "network", "dataset"):
                    yield self.of(document, at)

    def outputs(self, node: Node) -> Iterator[Completion]:
        """The outputs of a run's network, for its loss."""
        name = self.document.token(self.at.piece, node.names[0]).text if node.names else ""
        found = self.workspace.declared(self.document, name, ("network",))
        members = {} if found is None else self.workspace.members(found)
        yield from (self.of(*each) for each in members.values() if each.definition.node.kind == "output")

    def of_cell(self, node: Node) -> Iterator[Completion]:
        """The candidates of a genotype's cell, and the nodes and inputs that they take."""
        name = self.document.token(self.at.piece, node.names[0]).text
        cell = self.workspace.declared(self.document, name, ("cell",))
        if self.at.call is not None:
            yield from self.nodes(node)
            yield from (Completion(each, "wire", f"input of `{name}`") for each in ("prev2", "prev"))
        elif cell is not None:
            yield from (self.of(*found) for found in self.workspace.candidates(cell).values())

    def declared(self, *kinds: str) -> Iterator[Completion]:
        """The declarations of some kinds; those of a named import behind its dot where imports are of these kinds."""
        for name, (document, at) in self.workspace.visible(self.document):
            found = self.of(document, at, name)
            if found.sort in kinds and (found.name == document.symbol(at).name or "import" not in kinds):
                yield found

    def of(self, document: Document, at: At, name: str | None = None) -> Completion:
        """A definition, by another name if it has one here."""
        symbol = document.symbol(at)
        type_ = shown(self.types.of(at)) if document is self.document and symbol.kind in ("wire", "input") else ""
        return Completion(name or symbol.name, symbol.kind, type_ or symbol.kind)
