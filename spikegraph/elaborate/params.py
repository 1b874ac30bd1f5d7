"""The values of params, where a network or a block is used."""

from collections.abc import Mapping
from dataclasses import replace

from spikegraph.dsl.ast import Call, Expr, Name
from spikegraph.dsl.evaluate import evaluate
from spikegraph.dsl.spec import Block, Network
from spikegraph.elaborate.context import Context, text
from spikegraph.elaborate.declared_neurons import neuron_use
from spikegraph.ir.neuron import Neuron


def bound(of: Network | Block, given: Mapping[str, Expr], caller: Context, inside: Context) -> Context:
    """The context inside a network or block, with its params.

    Args:
        of: The network or block.
        given: What its use binds.
        caller: The context of the use, where these are evaluated.
        inside: The context around the declaration; the defaults also see the params before them.
    """
    numbers, chosen = dict(inside.numbers), dict(inside.chosen)
    for name, default in of.params.items():
        here = replace(inside, numbers=numbers, chosen=chosen)
        expr, context = (given[name], caller) if name in given else (default, here)
        numbers.pop(name, None)
        chosen.pop(name, None)
        if name in of.neurons:
            chosen[name] = _neuron(name, expr, context)
        else:
            numbers[name] = _number(name, expr, context)
    return replace(inside, numbers=numbers, chosen=chosen)


def _neuron(name: str, expr: Expr, context: Context) -> Neuron | None:
    used = _function(expr)
    if used is None or used in context.numbers:
        context.diagnostics.error("SG0304", expr.span, f"`{name}` is a neuron, not `{text(expr)}`", help="name a neuron")
        return None
    return neuron_use(expr, context)


def _number(name: str, expr: Expr, context: Context) -> int | float | None:
    used = _function(expr)
    if used is not None and used not in context.numbers and (used in context.chosen or used in context.spec.neurons):
        context.diagnostics.error("SG0304", expr.span, f"`{name}` is a number, but `{text(expr)}` is a neuron")
        return None
    return evaluate(expr, context.numbers, context.diagnostics)


def _function(expr: Expr) -> str | None:
    match expr:
        case Name(id=name) | Call(function=Name(id=name)):
            return name
        case _:
            return None
