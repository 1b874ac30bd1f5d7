"""The values of params, where a network or a block is used."""

from collections.abc import Mapping
from dataclasses import replace

from spikegraph.dsl.ast import Call, Expr, Name
from spikegraph.dsl.param_values import TAKES, ParamKind, param_value
from spikegraph.dsl.spec import Block, Network, Value
from spikegraph.elaborate.context import Context, text
from spikegraph.elaborate.declared_neurons import neuron_use
from spikegraph.elaborate.param_words import known_words
from spikegraph.ir.neuron import Neuron


def bound(of: Network | Block, given: Mapping[str, Expr], caller: Context, inside: Context) -> Context:
    """The context inside a network or block, with its params.

    Args:
        of: The network or block.
        given: What its use binds.
        caller: The context of the use, where these are evaluated.
        inside: The context around the declaration; the defaults also see the params before them.
    """
    values, chosen = dict(inside.values), dict(inside.chosen)
    for name, default in of.params.items():
        here = replace(inside, values=values, chosen=chosen)
        expr, context = (given[name], caller) if name in given else (default, here)
        values.pop(name, None)
        chosen.pop(name, None)
        if name in of.neurons:
            chosen[name] = _neuron(name, expr, context)
        else:
            values[name] = _value(name, of.kinds[name], expr, context)
    return replace(inside, values=values, chosen=chosen)


def _neuron(name: str, expr: Expr, context: Context) -> Neuron | None:
    used = _function(expr)
    if used is None or used in context.values:
        context.diagnostics.error("SG0304", expr.span, f"`{name}` is a neuron, not `{text(expr)}`", help="name a neuron")
        return None
    return neuron_use(expr, context)


def _value(name: str, kind: ParamKind, expr: Expr, context: Context) -> Value:
    """The value of a param that is no neuron; None after an error. Numbers, words and lists can replace each other."""
    used = _function(expr)
    if used is not None and used not in context.values and (used in context.chosen or used in context.spec.neurons):
        context.diagnostics.error("SG0304", expr.span, f"`{name}` is {TAKES[kind]}, but `{text(expr)}` is a neuron")
        return None
    value = param_value(expr, context.values, context.diagnostics)
    if value is not None and isinstance(value, bool) != (kind == "truth"):
        context.diagnostics.error("SG0304", expr.span, f"`{name}` is {TAKES[kind]}, not `{text(expr)}`")
        return None
    return value if known_words(expr, context.values, context.spec, context.diagnostics) else None


def _function(expr: Expr) -> str | None:
    match expr:
        case Name(id=name) | Call(function=Name(id=name)):
            return name
        case _:
            return None
