"""The tree of a `.sdhs` file: frozen nodes, each with its span."""

from spikegraph.base.record import record
from spikegraph.dsl.expressions import (
    Argument,
    Attribute,
    Binary,
    Branch,
    Call,
    Case,
    Comparison,
    Expr,
    Index,
    Logical,
    Name,
    Negative,
    Number,
    Pipe,
    Sequence,
    Text,
)
from spikegraph.dsl.source import Span

VERSION = 1
"""The version of the language that this package reads."""

__all__ = [
    "VERSION",
    "Argument",
    "Attribute",
    "Binary",
    "Block",
    "Branch",
    "Call",
    "Case",
    "Comment",
    "Comparison",
    "Declaration",
    "Dgs",
    "Emit",
    "Entry",
    "Expr",
    "File",
    "Import",
    "Index",
    "Input",
    "Interval",
    "Item",
    "Logical",
    "ModelLine",
    "Name",
    "Negative",
    "Number",
    "Option",
    "Output",
    "Over",
    "Param",
    "Path",
    "Pipe",
    "Quantity",
    "Return",
    "Run",
    "Sequence",
    "State",
    "Statement",
    "Text",
    "Weights",
]


@record
class Entry:
    """`key = value`; the key is a name, or a dotted path in a profile."""

    key: Name | Attribute | Index
    value: Expr
    span: Span


@record
class Output:
    """`output name = value`."""

    name: Name
    value: Expr
    span: Span


@record
class Param:
    """`param name = value`."""

    name: Name
    value: Expr
    span: Span


@record
class Input:
    """`input names : type`."""

    names: tuple[Name, ...]
    type: Expr
    span: Span


@record
class Return:
    """`return value`."""

    value: Expr
    span: Span


@record
class Block:
    """`block name(parameters) { statements }`, in a network or beside it."""

    name: Name
    parameters: tuple[Name, ...]
    body: "tuple[Statement, ...]"
    span: Span


@record
class Dgs:
    """`dgs at places { entries }`."""

    places: tuple[Expr, ...]
    body: "tuple[Statement, ...]"
    span: Span


@record
class Interval:
    """`[low, high]` of a model's number, with `(` or `)` where an end isn't part of it."""

    low: Expr
    high: Expr
    open_low: bool
    open_high: bool
    span: Span


@record
class Quantity:
    """`number name = value in interval`, or `... learned per word`; `learned` is that word, `layer` if none is written."""

    name: Name
    value: Expr
    interval: Interval
    learned: Name | None
    span: Span


@record
class Weights:
    """`weights name[sizes] = value`."""

    name: Name
    sizes: tuple[Expr, ...]
    value: Expr
    span: Span


@record
class Option:
    """`option name = value of word | word`."""

    name: Name
    value: Name
    words: tuple[Name, ...]
    span: Span


@record
class State:
    """`state name = value`."""

    name: Name
    value: Expr
    span: Span


@record
class Emit:
    """`emit value else instead`."""

    value: Name
    instead: Name | None
    span: Span


@record
class Over:
    """`over axis`."""

    axis: Name
    span: Span


ModelLine = Quantity | Weights | Option | State | Emit | Over
"""The lines that only a model has."""

Statement = Entry | Output | Param | Input | Return | Block | Dgs | ModelLine


@record
class Import:
    """`import "path"` or `import "path" as name`."""

    path: Text
    name: Name | None
    span: Span


@record
class Declaration:
    """`kind name like base { statements }`, with a kind such as `cell` or `network`, or `model name(inputs) { statements }`."""

    kind: str
    name: Name
    like: Name | None
    body: tuple[Statement, ...]
    span: Span
    inputs: tuple[Name, ...] = ()


@record
class Path:
    """`path trellis = [levels]`."""

    trellis: Name
    levels: Expr
    span: Span


@record
class Run:
    """`search network(bindings) on dataset { statements }`, or `retrain ...`."""

    kind: str
    network: Name
    bindings: tuple[Argument, ...]
    dataset: Name
    body: tuple[Statement, ...]
    span: Span


Item = Import | Declaration | Block | Path | Run


@record
class Comment:
    """A comment: its text with the `#`, and whether it has its own line."""

    text: str
    own_line: bool
    span: Span


@record
class File:
    """A whole file: the language's version, the items and the comments in the order of the text; `number` is the version's."""

    version: int
    items: tuple[Item, ...]
    comments: tuple[Comment, ...]
    span: Span
    number: Span = Span("", 1, 1, 1, 1)
