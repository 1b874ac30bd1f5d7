"""What is shown above declarations: how often they are used, and what a network counts."""

from typing import Literal

from spikegraph.base.record import record
from spikegraph.dsl.shown import counted
from spikegraph.dsl.source import Span
from spikegraph.service.checked import Checked
from spikegraph.service.document import Document
from spikegraph.service.navigation import uses_in
from spikegraph.service.workspace import Workspace

_USED = ("block", "neuron", "candidates", "cell", "trellis", "model", "dataset")


@record
class Lens:
    """A text above the declaration whose name is at `span`; what a click shows: uses, or a picture."""

    span: Span
    text: str
    shows: Literal["uses", "picture"]


def lenses(workspace: Workspace, document: Document, checked: Checked | None) -> tuple[Lens, ...]:
    """The lenses of a text in order."""
    uses, found = uses_in(workspace, document), list[Lens]()
    for at, definition in document.definitions():
        span = document.span(at.piece, definition.token)
        if definition.kind in _USED:
            found.append(Lens(span, counted(uses.get(at, 0), "use"), "uses"))
        elif definition.kind == "network":
            counts = None if checked is None else checked.counts
            if counts is not None and counts.network == definition.name:
                found.append(Lens(span, f"{counts.parameters:,} parameters ({counts.phase})", "picture"))
    return tuple(sorted(found, key=lambda lens: lens.span))
