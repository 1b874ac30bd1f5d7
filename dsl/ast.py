"""The tree of a `.sdhs` file: frozen nodes, each with its span."""

from dataclasses import dataclass

from spikegraph.dsl.source import Span


@dataclass(frozen=True, slots=True)
class Number:
    """A number with an optional unit: `3`, `0.2`, `50ms`."""

    value: int | float
    unit: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted string."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A name; also `true`, `false` and `none`, whose meaning depends on the key."""

    id: str
    span: Span


@dataclass(frozen=True, slots=True)
class Attribute:
    """`base.name`."""

    base: "Expr"
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    """`base[items]`: an element (`cells[5]`) or a type (`events[5, 260, 346]`)."""

    base: "Expr"
    items: "tuple[Expr, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call: `value` or `name = value`."""

    name: str | None
    value: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`function(arguments)`; the name of a dotted function has its dot, `resnet.basic`, until the loader resolves it."""

    function: Name
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Sequence:
    """`[items]`."""

    items: "tuple[Expr, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right` with one of `+ - * /`."""

    operator: str
    left: "Expr"
    right: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Negative:
    """`-operand`."""

    operand: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Pipe:
    """`first -> second -> ...`: each stage takes the value before it as its first operand."""

    stages: "tuple[Expr, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right` with one of `> >= < <=`, in a model."""

    operator: str
    left: "Expr"
    right: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Logical:
    """`left and right`, `left or right`, or `not operand`, of comparisons in a model."""

    operator: str
    operands: "tuple[Expr, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class Branch:
    """`word: value`, one of those of a `case`."""

    word: Name
    value: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Case:
    """`case option { word: value ... }`: the value for the word that an option of a model has."""

    option: Name
    branches: tuple[Branch, ...]
    span: Span


Expr = Number | Text | Name | Attribute | Index | Call | Sequence | Binary | Negative | Pipe | Comparison | Logical | Case


@dataclass(frozen=True, slots=True)
class Entry:
    """`key = value`; the key is a name, or a dotted path in a profile."""

    key: Name | Attribute | Index
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Output:
    """`output name = value`."""

    name: Name
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Param:
    """`param name = value`."""

    name: Name
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Input:
    """`input names : type`."""

    names: tuple[Name, ...]
    type: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Return:
    """`return value`."""

    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Block:
    """`block name(parameters) { statements }`, in a network or beside it."""

    name: Name
    parameters: tuple[Name, ...]
    body: "tuple[Statement, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class Dgs:
    """`dgs at places { entries }`."""

    places: tuple[Expr, ...]
    body: "tuple[Statement, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class Interval:
    """`[low, high]` of a model's number, with `(` or `)` where an end isn't part of it."""

    low: Expr
    high: Expr
    open_low: bool
    open_high: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Quantity:
    """`number name = value in interval`, or `... learned per word`; `learned` is that word, `layer` if none is written."""

    name: Name
    value: Expr
    interval: Interval
    learned: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class Weights:
    """`weights name[sizes] = value`."""

    name: Name
    sizes: tuple[Expr, ...]
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Option:
    """`option name = value of word | word`."""

    name: Name
    value: Name
    words: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class State:
    """`state name = value`."""

    name: Name
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Emit:
    """`emit value else instead`."""

    value: Name
    instead: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class Over:
    """`over axis`."""

    axis: Name
    span: Span


ModelLine = Quantity | Weights | Option | State | Emit | Over
"""The lines that only a model has."""

Statement = Entry | Output | Param | Input | Return | Block | Dgs | ModelLine


@dataclass(frozen=True, slots=True)
class Import:
    """`import "path"` or `import "path" as name`."""

    path: Text
    name: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class Declaration:
    """`kind name like base { statements }`, with a kind such as `cell` or `network`, or `model name(inputs) { statements }`."""

    kind: str
    name: Name
    like: Name | None
    body: tuple[Statement, ...]
    span: Span
    inputs: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """`path trellis = [levels]`."""

    trellis: Name
    levels: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Run:
    """`search network(bindings) on dataset { statements }`, or `retrain ...`."""

    kind: str
    network: Name
    bindings: tuple[Argument, ...]
    dataset: Name
    body: tuple[Statement, ...]
    span: Span


Item = Import | Declaration | Block | Path | Run


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: its text with the `#`, and whether it has its own line."""

    text: str
    own_line: bool
    span: Span


@dataclass(frozen=True, slots=True)
class File:
    """A whole file: the language's version, the items and the comments in the order of the text."""

    version: int
    items: tuple[Item, ...]
    comments: tuple[Comment, ...]
    span: Span
