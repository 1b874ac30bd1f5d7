"""The expressions of a `.sdhs` file: frozen nodes, each with its span."""

from spikegraph.base.record import record
from spikegraph.dsl.source import Span


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


@record
class Comparison:
    """`left operator right` with one of `> >= < <=`, in a model."""

    operator: str
    left: "Expr"
    right: "Expr"
    span: Span


@record
class Logical:
    """`left and right`, `left or right`, or `not operand`, of comparisons in a model."""

    operator: str
    operands: "tuple[Expr, ...]"
    span: Span


@record
class Branch:
    """`word: value`, one of those of a `case`."""

    word: Name
    value: "Expr"
    span: Span


@record
class Case:
    """`case option { word: value ... }`: the value for the word that an option of a model has."""

    option: Name
    branches: tuple[Branch, ...]
    span: Span


Expr = Number | Text | Name | Attribute | Index | Call | Sequence | Binary | Negative | Pipe | Comparison | Logical | Case
