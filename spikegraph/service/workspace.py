"""What the names of texts mean across files."""

from collections.abc import Iterator
from pathlib import Path

from spikegraph.dsl.numbered import unnumbered
from spikegraph.dsl.source import Span
from spikegraph.ir.opdef import OPS
from spikegraph.service.declarations import Declarations
from spikegraph.service.document import At, Document
from spikegraph.service.found import Found
from spikegraph.service.labels import label_of, part_of
from spikegraph.service.last_stages import last_stage
from spikegraph.service.mentions import Mention
from spikegraph.service.names import BOUND, BROUGHT
from spikegraph.service.places import Place
from spikegraph.service.vocabulary import schema

_PARTS = ("param", "wire", "candidate", "input")
"""What a file has only in its declarations."""


class Workspace(Declarations):
    """The texts of a project, and the meaning of their names."""

    def meaning(self, document: Document, at: At) -> Found | None:
        """The definition that a mention means; None where there is none, such as for an operation."""
        return next(self.meanings(document, at), None)

    def meanings(self, document: Document, at: At) -> Iterator[Found]:
        """What a mention means; several things where files that import its own one bring different ones."""
        mention = document.names[at.piece].mentions[at.number]
        if mention.local is not None:
            yield Found(document, At(at.piece, mention.local))
        elif mention.owner is None:
            found = self.of_base(document, at) or self.head(document, at, mention, document)
            if found is not None:
                yield found
            elif BROUGHT.issuperset(mention.kinds) and not (mention.name in OPS and OPS[mention.name].written):
                yield from self.meant(document, mention.name, mention.kinds)
        else:
            above = document.names[at.piece].mentions[mention.owner]
            named = above.kinds or above.local is not None
            owners = tuple(self.meanings(document, At(at.piece, mention.owner))) if named else ()
            for owner in owners:
                yield from self.behind(document, at, owner)
            if not owners and above.kinds:
                found = self.of_run(document, above.name, mention.name) or self.of_model(document, at)
                found = found or self.inner_stage(document, at)
                yield from () if found is None else (found,)

    def behind(self, document: Document, at: At, owner: Found) -> tuple[Found, ...]:
        """What a mention means that is a part of something; a value of a param is what it is bound to."""
        mention = document.names[at.piece].mentions[at.number]
        found: Found | None = None
        if owner.kind == "param":
            return self.meant(document, mention.name, mention.kinds)
        if owner.kind == "import":
            other, kinds = self.brought(owner), tuple(kind for kind in mention.kinds if kind not in _PARTS)
            found = None if other is None else self.head(document, at, mention._replace(kinds=kinds or ("network",)), other)
        elif mention.kinds == BOUND:  # the name of a branch
            pass
        elif owner.kind == "neuron":
            found = self.number(owner, mention.name)
        else:
            found = self.inside(owner, mention, document)
        return () if found is None else (found,)

    def model_name(self, neuron: Found) -> str:
        """The name of a neuron's model."""
        return "".join(self.value(neuron, "model")[1]).partition("(")[0].replace(".", "_") or "lif"

    def number(self, neuron: Found, name: str) -> Found | None:
        """A number or an option of a neuron's model, if a text declares it."""
        models = self.meant(neuron.document, self.model_name(neuron), ("model",))
        found = self.members(models[0]).get(name) if models else None
        return found if found is not None and found.kind in ("number", "option") else None

    def of_model(self, document: Document, at: At) -> Found | None:
        """The number or option that a path means: `lif.model.gain`."""
        mentions = document.names[at.piece].mentions
        mention = mentions[at.number]
        above = None if mention.owner is None else mentions[mention.owner]
        if above is None or above.name != "model" or above.owner is None:
            return None
        neuron = self.meaning(document, At(at.piece, above.owner))
        return None if neuron is None or neuron.kind != "neuron" else self.number(neuron, mention.name)

    def inside(self, owner: Found, mention: Mention, document: Document) -> Found | None:
        """What a name means behind the dot of a wire, a block or another declaration.

        The block that a wire ends with has no step of its own.
        """
        found = self.member(owner, mention.name, mention.kinds) or self.stage(owner, mention.name, document)
        end = self.end(owner) if found is None and owner.kind == "wire" else None
        return found if end is None else self.inside(end, mention, document)

    def end(self, wire: Found) -> Found | None:
        """The block that a wire ends with."""
        at = last_stage(wire)
        found = None if at is None else self.meaning(wire.document, at)
        return found if found is not None and found.kind == "block" else None

    def stage(self, owner: Found, name: str, named_in: Document) -> Found | None:
        """The neuron, block or param that a stage of a wire or a block is, whose place is `stem.lif`, or `stem.lif2`.

        In a document that imports that of the block by a name, it is `lib_lif`.
        """
        document, piece = owner.document, owner.at.piece
        if owner.kind not in ("wire", "block"):
            return None
        first, behind = owner.definition.node.range
        labels: dict[str, Found] = {}
        for i, mention in enumerate(mentions := document.names[piece].mentions):
            if first <= mention.token < behind and (mention.owner is None or mentions[mention.owner].kinds == ("import",)):
                label, head = label_of(mentions, i)
                found = self.meaning(document, At(piece, i))
                if found is not None and (head.called or found.kind == "block"):
                    labels.setdefault(label, found)
        for label in unnumbered(name):
            if label in labels:
                return labels[label]
            brought = None if document is named_in else self.declared(named_in, label, ("neuron", "block"))
            if brought is not None and brought.key in {found.key for found in labels.values()}:
                return brought
        return None

    def inner_stage(self, document: Document, at: At) -> Found | None:
        """What a stage is inside an operand, whose place has operations in between: `sum.add.lif`."""
        mentions = document.names[at.piece].mentions
        number, owner = mentions[at.number].owner, None
        while number is not None and owner is None:
            number = mentions[number].owner
            owner = None if number is None else self.meaning(document, At(at.piece, number))
        return None if owner is None else self.stage(owner, mentions[at.number].name, document)

    def of_base(self, document: Document, at: At) -> Found | None:
        """The wire, param or block of the network behind `like` that a mention means; a stage names no wire."""
        mention = document.names[at.piece].mentions[at.number]
        base = None if mention.base is None else self.meaning(document, At(at.piece, mention.base))
        found = None if base is None else self.member(base, mention.name, mention.kinds)
        return None if found is None or (mention.called and found.kind not in ("param", "block")) else found

    def original(self, found: Found) -> Found:
        """A definition, or the one of the same name behind `like` that it takes the place of."""
        parent = found.definition.parent
        family = () if parent is None else self.family(Found(found.document, At(found.at.piece, parent)))
        name, same = found.symbol.name, found
        for each in family:
            at = each.document.members(each.at).get(name)
            same = same if at is None else Found(each.document, at)
        return same

    def head(self, document: Document, at: At, mention: Mention, space: Document) -> Found | None:
        """What a name means at the top of a document: of declarations of one name that which has what follows its dot."""
        mentions = document.names[at.piece].mentions
        behind = mentions[at.number + 1].name if at.number + 1 < len(mentions) else ""
        if document.text_of(at.piece, mention.token + 1) == ".":
            for kind in mention.kinds:
                found = self.declared(space, mention.name, (kind,))
                if found is not None and behind in self.known_parts(found):
                    return found
        return self.declared(space, mention.name, mention.kinds)

    def known_parts(self, owner: Found) -> set[str]:
        """What may follow the dot behind a declaration: its keys and parts."""
        keys = schema(owner.document, owner.at.piece, owner.definition.node)
        return {*(key.name for key in keys), *self.members(owner)}

    def of_run(self, document: Document, kind: str, name: str) -> Found | None:
        """What a path behind `search` or `retrain` means: a param of the run's network."""
        for number, node in document.nodes:
            if node.kind == kind and kind in ("search", "retrain"):
                network = self.declared(document, document.token(number, node.names[0]).text, ("network",))
                return None if network is None else self.member(network, name, ("param",))
        return None

    def member(self, owner: Found, name: str, kinds: tuple[str, ...]) -> Found | None:
        """What a name means behind the dot of another one that is no import, or as an argument of it."""
        found = self.members(owner).get(name)
        if found is None and owner.definition.kind == "cell" and "candidate" in kinds:
            return self.candidates(owner).get(name)
        return found

    def family(self, owner: Found) -> Iterator[Found]:
        """A declaration, and those that its `like` leads to."""
        found, seen = owner, set[tuple[Path, At]]()
        while found is not None and found.key not in seen:
            seen.add(found.key)
            yield found
            definition, document = found.definition, found.document
            base = None if definition.node.base is None else document.token(found.at.piece, definition.node.base).text
            found = None if base is None else next(iter(self.meant(document, base, (definition.kind,))), None)

    def members(self, owner: Found) -> dict[str, Found]:
        """What a definition consists of, by name, with what it has of those behind its `like`."""
        found: dict[str, Found] = {}
        for each in self.family(owner):
            for name, at in each.document.members(each.at).items():
                found.setdefault(name, Found(each.document, at))
        return found

    def value(self, owner: Found, key: str) -> tuple[Document, tuple[str, ...]]:
        """The words of a key's value, its own or what it has by its `like`, with their document; no words without a value."""
        for each in self.family(owner):
            for entry in each.definition.node.body:
                if entry.names and each.document.token(each.at.piece, entry.names[0]).text == key:
                    words = (each.document.token(each.at.piece, i).text for i in range(*entry.value))
                    return each.document, tuple(words)
        return owner.document, ()

    def candidates(self, cell: Found) -> dict[str, Found]:
        """The candidates of a cell by name."""
        document, words = self.value(cell, "candidates")
        found = self.meant(document, "".join(words).replace(".", "_"), ("candidates",))
        return self.members(found[0]) if found else {}

    def named(self, document: Document, at: At) -> tuple[tuple[Span, Found], ...]:
        """What the parts of a mention mean, each with its span; most mentions have one."""
        return tuple(part for found in self.meanings(document, at) for part in self._named(document, at, found))

    def _named(self, document: Document, at: At, found: Found) -> Iterator[tuple[Span, Found]]:
        """The parts of a mention that means `found`."""
        mention = document.names[at.piece].mentions[at.number]
        parts = ((0, found),)
        if found.definition.name != mention.name:
            owner = None if mention.owner is None else self.meaning(document, At(at.piece, mention.owner))
            space = None if owner is None or owner.kind != "import" else self.brought(owner)
            kinds, name = (found.definition.kind,), found.definition.name
            within = self.around(document) if space is None else (space,)
            labels = ((each, other) for other in within for each in unnumbered(mention.name))
            spelled = (self.spelled(other, each, kinds) if each != name else parts for each, other in labels)
            parts = next((each for each in spelled if each and each[-1][1].key == found.key), ())
        whole = document.span(at.piece, mention.token)
        yield from ((part_of(whole, before, found.definition.name), found) for before, found in parts)

    def at(self, document: Document, place: Place) -> tuple[Found, Span] | None:
        """What the name at a place means, and the span of this name."""
        token = document.token_at(document.offset(place))
        if token is None:
            return None
        piece, number = token
        for i, definition in enumerate(document.names[piece].definitions):
            if definition.token == number:
                return Found(document, At(piece, i)), document.span(piece, number)
        for i, mention in enumerate(document.names[piece].mentions):
            if mention.token == number:
                parts = self.named(document, At(piece, i))
                on = [(found, span) for span, found in parts if place.column <= span.end_column]
                return next(iter(on), (parts[-1][1], parts[-1][0]) if parts else None)  # or on the number behind it
        return None
