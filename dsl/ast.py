"""The tree of a `.sdhs` file: frozen nodes, each with its span."""

from spikegraph.base.record import record
from spikegraph.dsl.source import Span

VERSION = 1
"""The version of the language that this package reads."""


@record
class Number:
    """A number with an optional unit: `3`, `0.2`, `50ms`."""

    value: int | float
    unit: str | None
    span: Span


@record
class Text:
    """A quoted string."""

    value: str
    span: Span


@record
class Name:
    """A name; also `true`, `false` and `none`, whose meaning depends on the key."""

    id: str
    span: Span


@record
class Attribute:
    """`base.name`."""

    base: "Expr"
    name: str
    span: Span


@record
class Index:
    """`base[items]`: an element (`cells[5]`) or a type (`events[5, 260, 346]`)."""

    base: "Expr"
    items: "tuple[Expr, ...]"
    span: Span


@record
class Argument:
    """An argument of a call: `value` or `name = value`."""

    name: str | None
    value: "Expr"
    span: Span


@record
class Call:
    """`function(arguments)`; the name of a dotted function has its dot, `resnet.basic`, until the loader resolves it."""

    function: Name
    arguments: tuple[Argument, ...]
    span: Span


@record
class Sequence:
    """`[items]`."""

    items: "tuple[Expr, ...]"
    span: Span


@record
class Binary:
    """`left operator right` with one of `+ - * /`."""

    operator: str
    left: "Expr"
    right: "Expr"
    span: Span


@record
class Negative:
    """`-operand`."""

    operand: "Expr"
    span: Span


@record
class Pipe:
    """`first -> second -> ...`: each stage takes the value before it as its first operand."""

    stages: "tuple[Expr, ...]"
    span: Span


Expr = Number | Text | Name | Attribute | Index | Call | Sequence | Binary | Negative | Pipe


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


Statement = Entry | Output | Param | Input | Return | Block | Dgs


@record
class Import:
    """`import "path"` or `import "path" as name`."""

    path: Text
    name: Name | None
    span: Span


@record
class Declaration:
    """`kind name like base { statements }`, with a kind such as `cell` or `network`."""

    kind: str
    name: Name
    like: Name | None
    body: tuple[Statement, ...]
    span: Span


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
    """A whole file: the language's version, the items and the comments in the order of the text."""

    version: int
    items: tuple[Item, ...]
    comments: tuple[Comment, ...]
    span: Span
