"""The types of wires, of the last state of a text that was checked."""

from spikegraph.dsl.source import Span
from spikegraph.service.checked import NO_TYPES, Checked
from spikegraph.service.document import At, Document


def shown(types: tuple[str, ...]) -> str:
    """Types as one text: `spike[6, 32, 32]`, or with how many others there are."""
    if not types:
        return ""
    more = len(types) - 1
    return types[0] if not more else f"{types[0]} and {more} other{'s' * (more > 1)}"


class Types:
    """The types of a document's wires and stages.

    A text may have changed since it was checked: a wire then has the type that the wire of its name had, and stages none.
    """

    def __init__(self, document: Document, checked: Checked | None) -> None:
        self.document = document
        self.known = NO_TYPES if checked is None else checked.types
        self.same = checked is None or checked.text == document.text or checked.path != document.path
        self.before = None if checked is None or self.same else Types(Document(document.path, checked.text), checked)
        self._by_name: dict[tuple[str, ...], tuple[str, ...]] | None = None

    def at(self, span: Span) -> tuple[str, ...]:
        """The types of the expression that is exactly at a place."""
        return self.known.get(span, ()) if self.same else ()

    def of(self, at: At) -> tuple[str, ...]:
        """The types of a wire or an input."""
        if self.before is not None:
            symbol = self.document.symbol(at)
            return self.before.by_name().get((*symbol.within, symbol.name), ())
        definition = self.document.names[at.piece].definitions[at.number]
        if definition.kind == "input":
            return self.at(self.document.span(at.piece, definition.token))
        first, behind = definition.node.value
        return self.at(self.document.span(at.piece, first, behind)) if first < behind else ()

    def by_name(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """The types of all wires and inputs, by the names of what is around them and their own."""
        if self._by_name is None:
            self._by_name = {}
            for at, definition in self.document.definitions():
                if definition.kind in ("wire", "input"):
                    symbol = self.document.symbol(at)
                    self._by_name[*symbol.within, symbol.name] = self.of(at)
        return self._by_name
