"""Evaluation of operations' arguments to plain values."""

from spikegraph.dsl.ast import Binary, Call, Expr, Index, Name, Negative, Number, Sequence, Text
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.evaluate import element, evaluate
from spikegraph.dsl.spec import CallValue, Value
from spikegraph.elaborate.context import Values

WORDS: dict[str, Value] = {"true": True, "false": False}


def argument_value(expr: Expr, values: Values, diagnostics: Diagnostics) -> Value:
    """The value of an argument: a number, a word, a list or a call; None after an error.

    A name is the network's param of this name if there is one, otherwise a word (`global`, `membrane`).
    """
    match expr:
        case Name(id=name):
            return values.get(name, WORDS.get(name, name))
        case Text(value=value):
            return value
        case Number() | Binary() | Negative():
            return evaluate(expr, values, diagnostics)
        case Index():
            return element(expr, values, diagnostics)
        case Sequence(items=items):
            found = tuple(argument_value(i, values, diagnostics) for i in items)
            return None if None in found else found
        case Call(function=function, arguments=arguments):
            pairs = [(a.name, argument_value(a.value, values, diagnostics)) for a in arguments]
            if any(v is None for _, v in pairs):
                return None
            named = {k: v for k, v in pairs if k is not None}
            return CallValue(function.id, tuple(v for k, v in pairs if k is None), named, expr.span)
        case _:
            diagnostics.error("SG0310", expr.span, "expected a number or a word")
            return None
