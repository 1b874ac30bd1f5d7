"""A definition with its document."""

from pathlib import Path
from typing import NamedTuple

from spikegraph.service.document import At, Document
from spikegraph.service.mentions import Definition
from spikegraph.service.places import Symbol


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
