"""What the names of texts mean across files."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from spikegraph.dsl.limits import DEEPEST_IMPORT, LONGEST_NAME, MOST_IMPORTS
from spikegraph.dsl.numbered import unnumbered
from spikegraph.dsl.source import Span
from spikegraph.service.document import At, Document
from spikegraph.service.found import Found
from spikegraph.service.labels import label_of, part_of
from spikegraph.service.last_stages import last_stage
from spikegraph.service.mentions import Mention
from spikegraph.service.names import BOUND, SUBJECTS
from spikegraph.service.places import Place
from spikegraph.service.texts import Texts
from spikegraph.service.vocabulary import schema

_OWN = ("search", "retrain", "profile", "import")
"""What importing a file ignores, and names that are known in their file alone."""

_PARTS = ("param", "wire", "candidate", "input")
"""What a file has only in its declarations."""

MOST_NAMES = 5000
"""Most names of a document that are listed."""


class Workspace(Texts):
    """The texts of a project, and the meaning of their names."""

    def declared(self, document: Document, name: str, kinds: tuple[str, ...]) -> Found | None:
        """The declaration that a name means at the top of a document: the first kind that there is."""
        parts = self.spelled(document, name, kinds)
        return parts[-1][1] if parts else None

    def spelled(self, document: Document, name: str, kinds: tuple[str, ...]) -> tuple[tuple[int, Found], ...]:
        """What a name means at the top of a document, part by part, each with the characters before it.

        Most names have one part; `lib_lif` has those of the import `lib` and of the neuron `lif` that it brings.
        """
        return () if len(name) > LONGEST_NAME else self._spelled(document, name, kinds, set())

    def _spelled(
        self, document: Document, name: str, kinds: tuple[str, ...], tried: set[tuple[Path, str]]
    ) -> tuple[tuple[int, Found], ...]:
        spaces = self.imported(document)
        tried.add((document.path, name))
        for kind in kinds:
            for space in spaces:
                at = space.declared.get((kind, name))
                if at is not None and (space is document or kind not in _OWN):
                    return ((0, Found(space, at)),)
        for space in spaces if "_" in name else ():
            for at in (at for (kind, alias), at in space.declared.items() if kind == "import" and name.startswith(f"{alias}_")):
                first = Found(space, at)
                other, behind = self.brought(first), len(first.definition.name) + 1
                if other is None or (other.path, name[behind:]) in tried:
                    continue
                inner = self._spelled(other, name[behind:], tuple(k for k in kinds if k not in _OWN), tried)
                if inner:
                    return ((0, first), *((behind + before, found) for before, found in inner))
        return ()

    def brought(self, named: Found) -> Document | None:
        """The file of a named import."""
        node, document = named.definition.node, named.document
        target = self.target(document, document.token(named.at.piece, node.value[0]).text.strip('"'))
        return None if target is None else self.document(target)

    def visible(self, document: Document) -> list[tuple[str, Found]]:
        """The names at the top of a document, its own and imported ones, such as `lib_lif`, each with what it means."""
        return list(islice(self._visible(document, (), iter(range(MOST_IMPORTS))), MOST_NAMES))

    def _visible(self, document: Document, above: tuple[Path, ...], left: Iterator[int]) -> Iterator[tuple[str, Found]]:
        """The names; `left` has an element for each named import that is still followed."""
        for space in self.imported(document):
            for (kind, name), at in space.declared.items():
                other = self.brought(Found(space, at)) if kind == "import" and len(above) < DEEPEST_IMPORT else None
                if other is not None and other.path not in (document.path, *above) and next(left, None) is not None:
                    inner = self._visible(other, (*above, document.path), left)
                    yield from ((f"{name}_{n}", found) for n, found in inner if found.definition.kind not in _OWN)
                if space is document or kind not in _OWN:
                    yield name, Found(space, at)

    def meaning(self, document: Document, at: At) -> Found | None:
        """The definition that a mention means; None where there is none, such as for an operation."""
        mention = document.names[at.piece].mentions[at.number]
        if mention.local is not None:
            return Found(document, At(at.piece, mention.local))
        if mention.owner is None:
            found = self.of_base(document, at) or self.head(document, at, mention, document)
            return self.of_importer(document, mention) if found is None and mention.kinds in SUBJECTS else found
        above = document.names[at.piece].mentions[mention.owner]
        if not above.kinds and above.local is None:
            return None
        owner = self.meaning(document, At(at.piece, mention.owner))
        if owner is None:
            found = self.of_run(document, above.name, mention.name) or self.of_model(document, at)
            return found or self.inner_stage(document, at)
        if owner.kind == "param":  # what it is bound to
            return self.declared(document, mention.name, mention.kinds)
        if owner.kind == "import":
            other, kinds = self.brought(owner), tuple(kind for kind in mention.kinds if kind not in _PARTS)
            return None if other is None else self.head(document, at, mention._replace(kinds=kinds or ("network",)), other)
        if mention.kinds == BOUND:  # the name of a branch
            return None
        if owner.kind == "neuron":
            return self.number(owner, mention.name)
        return self.inside(owner, mention, document)

    def of_importer(self, document: Document, mention: Mention) -> Found | None:
        """What a genotype or a path is about whose file is imported where that is declared."""
        found = (self.declared(other, mention.name, mention.kinds) for other in self.importing(document))
        return next((each for each in found if each is not None), None)

    def model_name(self, neuron: Found) -> str:
        """The name of a neuron's model."""
        return "".join(self.value(neuron, "model")[1]).partition("(")[0].replace(".", "_") or "lif"

    def number(self, neuron: Found, name: str) -> Found | None:
        """A number or an option of a neuron's model, if a text declares it."""
        model = self.declared(neuron.document, self.model_name(neuron), ("model",))
        found = None if model is None else self.members(model).get(name)
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
            found = None if base is None else self.declared(document, base, (definition.kind,))

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
        found = self.declared(document, "".join(words).replace(".", "_"), ("candidates",))
        return {} if found is None else self.members(found)

    def named(self, document: Document, at: At) -> tuple[tuple[Span, Found], ...]:
        """What the parts of a mention mean, each with its span; most mentions have one."""
        mention, found = document.names[at.piece].mentions[at.number], self.meaning(document, at)
        if found is None:
            return ()
        parts = ((0, found),)
        if found.definition.name != mention.name:
            owner = None if mention.owner is None else self.meaning(document, At(at.piece, mention.owner))
            space = None if owner is None or owner.kind != "import" else self.brought(owner)
            within, kinds = space or document, (found.definition.kind,)
            labels = unnumbered(mention.name)
            spelled = (self.spelled(within, each, kinds) if each != found.definition.name else parts for each in labels)
            parts = next(filter(None, spelled), ())
        whole = document.span(at.piece, mention.token)
        return tuple((part_of(whole, before, found.definition.name), found) for before, found in parts)

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
