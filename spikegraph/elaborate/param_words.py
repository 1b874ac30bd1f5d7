"""The words that a param can stand for: those that operations and neurons take, surrogates, and cells."""

from collections.abc import Collection
from typing import cast

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.ast import Expr, Name, Sequence
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.param_values import TRUTH
from spikegraph.dsl.schema.names import Choice
from spikegraph.dsl.schema.neuron import Neuron
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.schema.trellis import DOWN
from spikegraph.dsl.spec import Block, Network, Spec
from spikegraph.ir.annotations import parts_of
from spikegraph.ir.opdef import OPS
from spikegraph.ir.surrogates import SURROGATES


def known_words(expr: Expr, names: Collection[str], spec: Spec, diagnostics: Diagnostics) -> bool:
    """Whether each word of a param's value is one that something takes; adds an error for each other one.

    Args:
        expr: The value.
        names: The params that are visible, and the neurons among them.
        spec: Has the cells.
        diagnostics: Gets the errors.
    """
    sound = True
    for word in expr.items if isinstance(expr, Sequence) else (expr,):
        if not isinstance(word, Name) or word.id in names or word.id in TRUTH or (words := _words(spec)) is None:
            continue
        if word.id not in words:
            near = (*names, *spec.neurons, *words)
            help = did_you_mean(word.id, near) or (f"known here are {listed(names, last='and')}" if names else "write a number")
            summary = f"unknown name `{word.id}`"
            diagnostics.error("SG0202", word.span, summary, help=help, fixes=rename(word.span, word.id, near))
            sound = False
    return sound


def check_words(spec: Spec, diagnostics: Diagnostics) -> None:
    """Checks the words in the defaults of all params, also of blocks that nothing uses."""
    for block in spec.blocks.values():
        _check(block, (), spec, diagnostics)
    for network in spec.networks.values():
        _check(network, (), spec, diagnostics)
        for block in network.blocks:
            _check(block, network.params, spec, diagnostics)


def _check(of: Network | Block, outer: Collection[str], spec: Spec, diagnostics: Diagnostics) -> None:
    names: list[str] = [*outer]
    for name, default in of.params.items():
        if of.kinds[name] in ("word", "list"):
            known_words(default, names, spec, diagnostics)
        names.append(name)


def _words(spec: Spec) -> Collection[str] | None:
    """All words that a value can be; None if an operation takes any word."""
    found: dict[str, None] = dict.fromkeys(DOWN)
    for op in OPS.values():
        for parameter in op.parameters() if op.written else ():
            parts = parts_of(op.model_fields[parameter].annotation)
            if str in parts and parameter not in op.hidden:
                return None
            found.update(dict.fromkeys(part for part in parts if isinstance(part, str)))
    for key in keys(Neuron):
        type_: object = key.type
        if isinstance(type_, Choice):
            found.update(dict.fromkeys(cast("Choice[str]", type_).names))
    return dict.fromkeys((*found, *SURROGATES, *spec.cells))
