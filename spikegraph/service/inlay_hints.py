"""The types of wires, shown behind their names."""

from spikegraph.base.record import record
from spikegraph.service.checked import Checked
from spikegraph.service.document import Document
from spikegraph.service.places import Place
from spikegraph.service.wire_types import Types, shown


@record
class Hint:
    """A text to show at a place, with the whole of it where it is shortened."""

    place: Place
    text: str
    whole: str


def hints(document: Document, checked: Checked | None, first: int = 1, last: int | None = None) -> tuple[Hint, ...]:
    """The kind and shape of each wire of some lines, such as `: spike[24, 87, 116]`, behind its name."""
    types, found = Types(document, checked), list[Hint]()
    for at, definition in document.definitions():
        if definition.kind != "wire":
            continue
        known = types.of(at)
        if known:
            span = document.span(at.piece, definition.token)
            if first <= span.line and (last is None or span.line <= last):
                found.append(Hint(Place(span.line, span.end_column), f": {shown(known)}", ", ".join(known)))
    return tuple(sorted(found, key=lambda hint: (hint.place.line, hint.place.column)))
