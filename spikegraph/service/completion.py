"""What may be written at a place."""

from collections.abc import Iterator

from spikegraph.dsl import ast
from spikegraph.dsl.schema.cell import MOST_NODES
from spikegraph.dsl.schema.statements import ALLOWED, ITEM_WORDS
from spikegraph.service import vocabulary
from spikegraph.service.checked import Checked
from spikegraph.service.cursor import cursor
from spikegraph.service.document import Document
from spikegraph.service.found import Found
from spikegraph.service.names import BOUND, SUBJECTS
from spikegraph.service.neuron_models import schema
from spikegraph.service.offered_values import Values
from spikegraph.service.offers import Completion, plain
from spikegraph.service.outline import RUNS, Node
from spikegraph.service.paths import after as path_after
from spikegraph.service.places import Place
from spikegraph.service.wire_types import Types
from spikegraph.service.workspace import Workspace

_STATEMENTS = {
    ast.Param: "param",
    ast.Input: "input",
    ast.Output: "output",
    ast.Return: "return",
    ast.Block: "block",
    ast.Dgs: "dgs",
}

_WITH_LIKE = ("neuron", "candidates", "cell", "trellis", "network", "dataset")
"""The kinds of declarations that may have `like`."""


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


class _Completer(Values):
    def offered(self) -> Iterator[Completion]:
        at = self.at
        around = at.around[-1] if at.around else None
        if around is None:
            yield from self.outside()
        elif around.kind == "profile":
            parts = () if self.in_value else path_after(self.workspace, self.document, at.path)
            yield from (Completion(name, "path", what) for name, what in parts)
            yield from self.in_profile() if self.in_value else ()
        elif around.kind == "genotype":
            yield from self.in_genotype(around)
        elif self.keyed is not None:
            yield from self.of_key(self.keyed)
        elif at.statement is not None:
            yield from self.in_statement(around, at.statement)
        elif not at.path:
            yield from self.statements(around)

    def outside(self) -> Iterator[Completion]:
        """Between declarations: their words, or the names that a head needs."""
        head, call = self.head(), self.at.call
        kind, *rest = head or ("",)
        begins, last = not rest, "" if not rest else rest[-1]
        if not head:
            yield from (Completion(word, "keyword", f"{word} ...") for word in ITEM_WORDS if not self.at.path)
        elif kind in RUNS and call is not None:
            params = {n: each for n, each in self.members(self.document, call.function).items() if each.kind == "param"}
            if call.name is None:
                yield from (self.of(*each) for each in params.values())
            elif call.name in params and self.is_bound(params[call.name]):
                yield from self.named(*BOUND)
        elif kind in RUNS and "on" in rest:
            yield from self.named("dataset") if last in ("on", ".") else ()
        elif begins or last == ".":
            yield from self.named(
                *{"genotype": SUBJECTS[0], "path": SUBJECTS[1], **dict.fromkeys(RUNS, ("network",))}.get(kind, ())
            )
            yield from self.named(kind) if "like" in rest and kind in _WITH_LIKE else ()
        elif kind in RUNS:
            yield Completion("on", "keyword", "on DATASET { ... }")
        elif last == "like" and kind in _WITH_LIKE:
            yield from (each for each in self.declared(kind) if each.name != rest[0])
        elif len(rest) == 1 and kind in _WITH_LIKE:
            yield Completion("like", "keyword", "like NAME")

    def head(self) -> list[str]:
        """The words before the place from that of the declaration on whose head it is; none elsewhere."""
        before, open_ = self.at.before, 0 if self.at.call is None else 1
        for i in reversed(range(len(before))):
            text, name = before[i].text, before[i].kind == "name"
            open_ += (text in (")", "]")) - (text in ("(", "["))
            if open_ == 0 and name and text in ITEM_WORDS and (i == 0 or before[i - 1].text not in (".", "on", "like")):
                return [token.text for token in before[i:]]
            if open_ == 0 and not name and text not in (".", "("):
                return []
        return []

    def statements(self, node: Node) -> Iterator[Completion]:
        """The keys that a declaration doesn't have yet, and the words that begin statements."""
        given = {self.text(e.names[0]) for e in node.body if e.names}
        for key in schema(self.workspace, self.document, self.at.piece, node):
            if key.name not in given:
                yield from plain([vocabulary.key_entry(key)])
        for kind in ALLOWED.get(node.kind, ()):
            if kind in _STATEMENTS:
                yield Completion(_STATEMENTS[kind], "keyword", f"{_STATEMENTS[kind]} ...")

    def in_profile(self) -> Iterator[Completion]:
        """The values of the key that a profile changes; the neurons and cells of a param that is one."""
        if self.keyed is not None:
            yield from self.of_key(self.keyed)
        elif self.at.statement is not None and self.at.call is None:
            *path, name = map(self.text, self.at.statement.names)
            params = [members.get(name) for members in self.of_path(tuple(path))]
            if any(param is not None and self.is_bound(param) for param in params):
                yield from self.named(*BOUND)

    def of_path(self, path: tuple[str, ...]) -> Iterator[dict[str, Found]]:
        """The parts of what a path names; those of its network for a run."""
        for number, node in self.document.nodes:
            if path == (node.kind,) and node.kind in RUNS:
                yield self.members(self.document, self.document.text_of(number, node.names[0]))
        yield from (self.workspace.members(found) for found in self.path_declarations(path))

    def in_genotype(self, node: Node) -> Iterator[Completion]:
        """The nodes and candidates of a cell, or the choices of a network; also those of a file that imports this one."""
        name = self.text(node.names[0])
        found = next(iter(self.workspace.meant(self.document, name, SUBJECTS[0])), None)
        members = {} if found is None else self.workspace.members(found)
        if found is not None and found.kind == "network":
            if not self.in_value:
                chosen = (each for each in members.values() if [*self.branches(each)] or self.is_bound(each))
                yield from (Completion(each.definition.name, "path", each.kind) for each in chosen)
            elif self.at.statement is not None and (part := members.get(self.text(self.at.statement.names[0]))) is not None:
                spaces = self.workspace.around(self.document) if self.is_bound(part) else ()
                yield from (each for space in spaces for each in self.declared(*BOUND, of=space))
                yield from (
                    Completion(branch, "value", f"a choice of `{part.definition.name}`") for branch in self.branches(part)
                )
            return
        if not self.in_value or self.at.call is not None:
            count = "".join(() if found is None else self.workspace.value(found, "nodes")[1])
            known = min(int(count), MOST_NODES) if count.isdecimal() and len(count) < 10 else 0
            yield from (Completion(f"n{i}", "wire", f"node of `{name}`") for i in range(known))
        if self.in_value and self.at.call is not None:
            yield from (Completion(each, "wire", f"input of `{name}`") for each in ("prev2", "prev"))
        elif self.in_value and found is not None:
            yield from (self.of(*each) for each in self.workspace.candidates(found).values())
