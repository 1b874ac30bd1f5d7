"""What the names of declarations mean across files."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from spikegraph.dsl.limits import DEEPEST_IMPORT, LONGEST_NAME, MOST_IMPORTS
from spikegraph.service.document import Document
from spikegraph.service.found import Found
from spikegraph.service.texts import Texts

_OWN = ("search", "retrain", "profile", "import")
"""What importing a file ignores, and names that are known in their file alone."""

MOST_NAMES = 5000
"""Most names of a document that are listed."""


class Declarations(Texts):
    """The texts of a project, and what they declare."""

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

    def meant(self, document: Document, name: str, kinds: tuple[str, ...]) -> tuple[Found, ...]:
        """The declaration that a name means at the top of a document, or those that it means in the files that import it.

        A library may name what each file that imports it declares.
        """
        own = self.declared(document, name, kinds)
        if own is not None:
            return (own,)
        found = (self.declared(other, name, kinds) for other in self.importing(document))
        return tuple({each.key: each for each in found if each is not None}.values())

    def around(self, document: Document) -> Iterator[Document]:
        """A document, and those that import it."""
        yield document
        yield from self.importing(document)
