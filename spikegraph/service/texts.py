"""The texts that an editor has open, and those on the disk that they import."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from spikegraph.dsl.limits import LARGEST_FILE, MOST_IMPORTS
from spikegraph.dsl.project_folder import project_root
from spikegraph.dsl.vendored import vendored_file
from spikegraph.service.document import Document
from spikegraph.service.project_files import specs


class Texts:
    """Documents by path: open ones as they are in the editor, others as they are on the disk."""

    def __init__(self) -> None:
        self._open: dict[Path, Document] = {}
        self._read: dict[Path, tuple[tuple[int, int], Document]] = {}
        self._imported: dict[tuple[Path, bool], list[Document]] = {}
        self._importing: dict[Path, tuple[Document, list[Document]]] = {}
        self.words: dict[tuple[str, int], tuple[Any, ...]] = {}
        """What `semantic_tokens` keeps."""

    def copy(self) -> Self:
        """The same texts, of which some can be changed."""
        made = type(self)()
        made._open, made._read = dict(self._open), dict(self._read)
        return made

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
        self._importing.clear()

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
            target = None if "\0" in text or not text else document.path.parent / text
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

    def importing(self, document: Document) -> list[Document]:
        """The other files of the project that have a document's declarations without a name before them."""
        known = self._importing.get(document.path)
        if known is None or known[0] is not document:
            others = (each for each in self.documents(document) if each.path != document.path)
            found = [each for each in others if document.path in {space.path for space in self.imported(each)}]
            known = self._importing[document.path] = document, found
        return known[1]

    def documents(self, near: Document) -> Iterator[Document]:
        """The documents in which names of one may be used: open ones, and those in the project's folder."""
        found = dict(self._open)
        yield from found.values()
        root = project_root(near.path)
        for path in specs(root):
            other = None if path in found else self.document(path)
            if other is not None:
                yield other
