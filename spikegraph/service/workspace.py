"""The texts that an editor has open, those on the disk that they import, and what names mean across them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from spikegraph.dsl.limits import LARGEST_FILE, MOST_IMPORTS
from spikegraph.dsl.project_folder import project_root
from spikegraph.dsl.source import Span
from spikegraph.dsl.vendored import vendored_file
from spikegraph.service.document import At, Document
from spikegraph.service.names import Definition, Mention
from spikegraph.service.places import Place, Symbol
from spikegraph.service.vocabulary import schema

_OWN = ("search", "retrain", "profile", "import")
"""What importing a file ignores, and names that are known in their file alone."""

MOST_FILES = 2000
"""Most files of a folder that are searched for uses of a name."""


class Found(NamedTuple):
    """A definition, and its document."""

    document: Document
    at: At

    @property
    def symbol(self) -> Symbol:
        """The definition as a symbol."""
        return self.document.symbol(self.at)

    @property
    def definition(self) -> Definition:
        """The definition itself."""
        return self.document.names[self.at.piece].definitions[self.at.number]

    @property
    def kind(self) -> str:
        """The kind of the definition."""
        return self.definition.kind

    @property
    def key(self) -> tuple[Path, At]:
        """What is equal for the same definition."""
        return self.document.path, self.at


class Workspace:
    """Documents by path: open ones as they are in the editor, others as they are on the disk."""

    def __init__(self) -> None:
        self._open: dict[Path, Document] = {}
        self._read: dict[Path, tuple[tuple[int, int], Document]] = {}
        self._imported: dict[tuple[Path, bool], list[Document]] = {}
        self.words: dict[tuple[str, int], tuple[Any, ...]] = {}
        """What `semantic_tokens` keeps."""

    def open(self, path: Path, text: str) -> Document:
        """Sets the text of an open file."""
        known = self._open.get(path)
        if known is None or known.text != text:
            self._open[path] = Document(path, text)
            self.refresh()
        return self._open[path]

    def close(self, path: Path) -> None:
        """From now on the file is what it is on the disk."""
        self._open.pop(path, None)
        self.refresh()

    def refresh(self) -> None:
        """Looks anew at which files are imported; after a change of files on the disk."""
        self._imported.clear()

    @property
    def opened(self) -> tuple[Path, ...]:
        """The paths of open files."""
        return tuple(self._open)

    def root(self, path: Path) -> Path:
        """The project's folder of a file."""
        return project_root(path)

    @property
    def texts(self) -> dict[Path, str]:
        """The texts of open files by their real path."""
        return {Path(os.path.realpath(path)): document.text for path, document in self._open.items()}

    def document(self, path: Path) -> Document | None:
        """The document of a path; None where there is no such file, or it is no text."""
        if path in self._open:
            return self._open[path]
        try:
            status = path.stat()
            known = self._read.get(path)
            mark = (status.st_mtime_ns, status.st_size)
            if known is None or known[0] != mark:
                if status.st_size > LARGEST_FILE or not path.is_file():
                    return None
                known = self._read[path] = mark, Document(path, path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return known[1]

    def known(self) -> list[Document]:
        """The documents that were read or are open."""
        return [*self._open.values(), *(document for _, document in self._read.values() if document.path not in self._open)]

    def target(self, document: Document, text: str, root: Path | None = None) -> Path | None:
        """The file that an import of a document names, if it is in the project's folder: `root`, or that of the document."""
        root = project_root(document.path) if root is None else root
        if text.startswith("@"):
            vendored = vendored_file(root, text)
            target = None if vendored is None else vendored[0] / vendored[1]
        else:
            target = None if "\\0" in text or not text else document.path.parent / text
        if target is None:
            return None
        path = Path(os.path.normpath(target))
        return path if Path(os.path.realpath(path)).is_relative_to(root) else None

    def imported(self, document: Document, *, named: bool = False) -> list[Document]:
        """The files whose declarations a document has without a name before them, itself first; with `named` all imports."""
        known = self._imported.get((document.path, named))
        if known is not None and known[0] is document:
            return known
        found, open_, root = {document.path: document}, [document], project_root(document.path)
        while open_ and len(found) < MOST_IMPORTS:
            importing = open_.pop(0)
            for text, name in importing.imports:
                target = None if name is not None and not named else self.target(importing, text, root)
                other = None if target is None or target in found else self.document(target)
                if other is not None and target is not None:
                    found[target] = other
                    open_.append(other)
        known = self._imported[document.path, named] = list(found.values())
        return known

    def declared(self, document: Document, name: str, kinds: tuple[str, ...]) -> Found | None:
        """The declaration that a name means at the top of a document: the first kind that there is."""
        spaces = self.imported(document)
        for kind in kinds:
            for space in spaces:
                at = space.declared.get((kind, name))
                if at is not None and (space is document or kind not in _OWN):
                    return Found(space, at)
        return None

    def meaning(self, document: Document, at: At) -> Found | None:
        """The definition that a mention means; None where there is none, such as for an operation."""
        mention = document.names[at.piece].mentions[at.number]
        if mention.local is not None:
            return Found(document, At(at.piece, mention.local))
        if mention.owner is None:
            return self.of_base(document, at) or self.head(document, at, mention)
        above = document.names[at.piece].mentions[mention.owner]
        if not above.kinds and above.local is None:
            return None
        owner = self.meaning(document, At(at.piece, mention.owner))
        if owner is None:
            return self.of_run(document, above.name, mention.name)
        if owner.kind == "param":  # what it is bound to
            return self.declared(document, mention.name, mention.kinds)
        return self.member(owner, mention.name, mention.kinds) or self.stage(owner, mention.name)

    def stage(self, owner: Found, name: str) -> Found | None:
        """The neuron, block or param that a stage of a wire or a block is: its place is `stem.lif` in `dgs at stem.lif`."""
        document, piece = owner.document, owner.at.piece
        first, behind = owner.definition.node.range
        for i, mention in enumerate(document.names[piece].mentions if owner.kind in ("wire", "block") else ()):
            if mention.called and mention.name == name and first <= mention.token < behind:
                return self.meaning(document, At(piece, i))
        return None

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

    def head(self, document: Document, at: At, mention: Mention) -> Found | None:
        """What a name means that is no part of another one: of declarations of one name that which has what follows its dot."""
        mentions = document.names[at.piece].mentions
        behind = mentions[at.number + 1].name if at.number + 1 < len(mentions) else ""
        if document.text_of(at.piece, mention.token + 1) == ".":
            for kind in mention.kinds:
                found = self.declared(document, mention.name, (kind,))
                if found is not None and behind in self.known_parts(found):
                    return found
        return self.declared(document, mention.name, mention.kinds)

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
        """What a name means behind the dot of another one, or as an argument of it."""
        if owner.definition.kind == "import":
            node, document = owner.definition.node, owner.document
            text = document.token(owner.at.piece, node.value[0]).text.strip('"')
            target = self.target(document, text)
            other = None if target is None else self.document(target)
            wanted = tuple(kind for kind in kinds if kind not in ("param", "wire", "candidate", "input"))
            return None if other is None else self.declared(other, name, wanted or ("network",))
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
        found = self.declared(document, words[-1], ("candidates",)) if words else None
        return {} if found is None else self.members(found)

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
                found = self.meaning(document, At(piece, i))
                return None if found is None else (found, document.span(piece, number))
        return None

    def documents(self, near: Document) -> Iterator[Document]:
        """The documents in which names of one may be used: open ones, and those in the project's folder."""
        found = dict(self._open)
        yield from found.values()
        root = project_root(near.path)
        for path in _specs(root):
            other = None if path in found else self.document(path)
            if other is not None:
                yield other


def _specs(root: Path) -> list[Path]:
    """The specs of a folder, without those in hidden folders."""
    found: list[Path] = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in ("node_modules", "__pycache__")
        )
        found += [Path(folder) / name for name in sorted(files) if name.endswith(".sdhs")]
        if len(found) >= MOST_FILES:
            break
    return found[:MOST_FILES]
