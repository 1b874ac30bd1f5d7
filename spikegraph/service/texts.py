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
    """Documents by path: open ones as they are in the editor, others as they are on the disk.

    A file has one document, however links spell its path, with the path that was asked for first, or that the editor has.
    """

    def __init__(self) -> None:
        self._open: dict[Path, Document] = {}
        self._read: dict[Path, tuple[tuple[int, int], Document]] = {}
        self._real: dict[Path, Path] = {}
        self._imported: dict[tuple[Path, bool], list[Document]] = {}
        self._importing: dict[Path, tuple[Document, list[Document]]] = {}
        self.words: dict[tuple[str, int], tuple[Any, ...]] = {}
        """What `semantic_tokens` keeps."""

    def copy(self) -> Self:
        """The same texts, of which some can be changed."""
        made = type(self)()
        made._open, made._read, made._real = dict(self._open), dict(self._read), dict(self._real)
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
        self._real.clear()
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
        return {self.real(path): document.text for path, document in self._open.items()}

    def real(self, path: Path) -> Path:
        """A path without links, as it was when files on the disk changed last."""
        if path not in self._real:
            self._real[path] = Path(os.path.realpath(path))
        return self._real[path]

    def document(self, path: Path) -> Document | None:
        """The document of a path; None where there is no such file, or it is no text."""
        if path in self._open:
            return self._open[path]
        real = self.real(path)
        same = next((each for each in self._open if self.real(each) == real), None)
        if same is not None:
            return self._open[same]
        try:
            status = path.stat()
            known = self._read.get(real)
            mark = (status.st_mtime_ns, status.st_size)
            if known is None or known[0] != mark:
                if status.st_size > LARGEST_FILE or not path.is_file():
                    return None
                spelled = path if known is None else known[1].path
                known = self._read[real] = mark, Document(spelled, path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return known[1]

    def known(self) -> list[Document]:
        """The documents that were read or are open."""
        opened = set(map(self.real, self._open))
        return [*self._open.values(), *(document for real, (_, document) in self._read.items() if real not in opened)]

    def target(self, document: Document, text: str, root: Path | None = None) -> Path | None:
        """The file that an import of a document names, if it is in the project's folder: `root`, or that of the document."""
        root = project_root(document.path) if root is None else root
        if text.startswith("@"):
            vendored = vendored_file(root, text)
            target = None if vendored is None else vendored[0] / vendored[1]
        else:
            target = None if "\0" in text or not text else self.real(document.path).parent / text
        if target is None:
            return None
        path = Path(os.path.normpath(document.path.parent / text))  # as the document is spelled, if that is the same file
        real = self.real(target)
        path = path if self.real(path) == real else Path(os.path.normpath(target))
        return path if real.is_relative_to(root) else None

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
                other = None if target is None else self.document(target)
                if other is not None and other.path not in found:
                    found[other.path] = other
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
            other = self.document(self.respelled(path, near.path))
            if other is not None and other.path not in found:
                found[other.path] = other
                yield other

    def respelled(self, path: Path, near: Path) -> Path:
        """A real path with the links by which another path leads to the same folder."""
        real = self.real(near)
        same = 0
        while same < min(len(near.parts), len(real.parts)) and near.parts[-1 - same] == real.parts[-1 - same]:
            same += 1
        above, other = Path(*real.parts[: len(real.parts) - same]), Path(*near.parts[: len(near.parts) - same])
        return other / path.relative_to(above) if path.is_relative_to(above) else path
