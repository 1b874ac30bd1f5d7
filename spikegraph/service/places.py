"""Places in texts, and edits of them."""

from spikegraph.base.record import record
from spikegraph.dsl.source import Span


@record
class Place:
    """A place between characters; lines and columns count from 1, in characters."""

    line: int
    column: int


@record
class Edit:
    """A change of a file: `text` in place of what is at `span`, whose file is a path."""

    span: Span
    text: str


@record
class Symbol:
    """A name that a text declares.

    Attributes:
        kind: The kind of a declaration, or `param`, `parameter`, `input`, `wire`, `candidate`, `number`, `option`, `state`,
            `weights` and `import`.
        name: The name.
        span: The name where it is declared, in a file whose path this has.
        whole: All that declares it.
        within: The names of the declarations around it, outermost first.
    """

    kind: str
    name: str
    span: Span
    whole: Span
    within: tuple[str, ...] = ()


def contains(span: Span, place: Place) -> bool:
    """Whether a place is in a span or at one of its ends."""
    return (span.line, span.column) <= (place.line, place.column) <= (span.end_line, span.end_column)
