"""Describes nodes and kinds of declarations in words, for messages."""

from spikegraph.dsl import ast

KIND_WORDS: dict[str, str] = {
    "model": "a model of neurons",
    "neuron": "a neuron",
    "candidates": "a set of candidates",
    "cell": "a cell",
    "trellis": "a trellis",
    "network": "a network",
    "block": "a block",
    "dataset": "a data set",
    "genotype": "a genotype",
    "path": "a path",
    "profile": "a profile",
    "search": "a search",
    "retrain": "a retraining",
}


def noun(kind: str) -> str:
    """A kind without its article: `data set`."""
    return KIND_WORDS[kind].split(" ", 1)[1]


def describe(expr: ast.Expr) -> str:
    """What an expression is: ``a list``, ``the call `sgd(...)` ``."""
    match expr:
        case ast.Number(value, unit):
            return f"the number {value}" if unit is None else f"the duration {value}{unit}"
        case ast.Text():
            return "a string"
        case ast.Name(name):
            return f"`{name}`"
        case ast.Call(function):
            return f"the call `{function.id}(...)`"
        case ast.Sequence():
            return "a list"
        case ast.Binary() | ast.Negative():
            return "arithmetic"
        case ast.Pipe():
            return "a pipeline"
        case ast.Attribute() | ast.Index():
            return "a dotted or indexed name"
        case ast.Comparison() | ast.Logical():
            return "a comparison"
        case ast.Case():
            return "a `case`"


def describe_statement(statement: ast.Statement) -> str:
    """What a statement is: ``an `output` ``."""
    match statement:
        case ast.Entry():
            return "an entry"
        case ast.Output():
            return "an `output`"
        case ast.Param():
            return "a `param`"
        case ast.Input():
            return "an `input`"
        case ast.Return():
            return "a `return`"
        case ast.Block():
            return "a `block`"
        case ast.Dgs():
            return "a `dgs`"
        case ast.Quantity():
            return "a `number`"
        case ast.Weights():
            return "a `weights`"
        case ast.Option():
            return "an `option`"
        case ast.State():
            return "a `state`"
        case ast.Emit():
            return "an `emit`"
        case ast.Over():
            return "an `over`"
