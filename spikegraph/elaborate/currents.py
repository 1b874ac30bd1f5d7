"""Neurons as stages of a network: their currents, of which a model may have several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.base.nearest import listed
from spikegraph.dsl.ast import Call, Expr
from spikegraph.elaborate.declared_neurons import given_once, neuron_use
from spikegraph.elaborate.layers import UNKNOWN, Wired, ends
from spikegraph.ir.ops.activation import activation
from spikegraph.ir.path import Path

if TYPE_CHECKING:
    from spikegraph.elaborate.network import NetworkBuilder
    from spikegraph.elaborate.scope import Scope


def add_neurons(
    builder: NetworkBuilder, call: Call, piped: tuple[Wired, ...], scope: Scope, base: Path, *, last: bool
) -> Wired:
    """Adds neurons; None after an error.

    A model with one current takes it from the pipeline or as the first argument; one with several takes them by name, the
    first perhaps from the pipeline.
    """
    name, context = call.function.id, scope.context
    found = context.chosen.get(name) or context.neurons.get(name)
    inputs = ("I",) if found is None else found.inputs
    if len(inputs) == 1:
        call, source = builder.source(call, piped, scope, base)
        operands = [source]
    elif not given_once(call, context.diagnostics):
        return None
    else:
        given = _by_name(builder, inputs, call, piped=bool(piped))
        if given is None:
            return None
        operands = [*(ends(p) for p in piped), *(ends(builder.operand(each, scope, base)) for each in given)]
        call = Call(call.function, tuple(a for a in call.arguments if a.name not in inputs), call.span)
    if operands == [UNKNOWN]:
        return UNKNOWN
    if None in operands:
        return None
    neuron = neuron_use(call if call.arguments else call.function, context)
    if neuron is None:
        return None
    op = activation(neuron)
    if UNKNOWN in operands:
        guessed = builder.delays.guessed(builder, op, operands, call.span)
        if guessed is None:
            return UNKNOWN
        operands = guessed
    currents = tuple(each for each in operands if each is not None)
    path = scope.path(builder.graph, base, name, last)  # after its operands, which may be of the same name
    return builder.add(path, op, currents, call.span)


def _by_name(builder: NetworkBuilder, inputs: tuple[str, ...], call: Call, *, piped: bool) -> list[Expr] | None:
    """The currents of a call in order, without that of the pipeline; None after an error."""
    name, free = call.function.id, inputs[1:] if piped else inputs
    given = {a.name: a.value for a in call.arguments if a.name in free}
    place = next((a.span for a in call.arguments if a.name is None), None)
    missing = [each for each in free if each not in given]
    if place is None and not missing:
        return [given[each] for each in free]
    lacks = f"; {listed(missing, last='and')} {'is' if len(missing) == 1 else 'are'} missing"
    what = ", which are given by name" if place is not None else lacks
    summary = f"`{name}` has {len(inputs)} currents, {listed(inputs, last='and')}{what}"
    help = f"write `{'x -> ' if piped else ''}{name}({', '.join(f'{each} = ...' for each in free)})`"
    builder.diagnostics.error("SG0309", place or call.span, summary, help=help)
    return None
