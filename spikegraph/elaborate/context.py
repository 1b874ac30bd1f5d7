"""What every part of the elaboration needs at hand."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.dsl.ast import Expr
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.printer import print_expression
from spikegraph.dsl.spec import Spec
from spikegraph.ir.cellspec import CellSpec
from spikegraph.ir.neuron import Neuron

Numbers = Mapping[str, int | float | None]
"""The network's params with their values; None for one that has none, which was complained about."""


@dataclass(frozen=True)
class Context:
    """A spec, where its errors go, and its declarations as graphs hold them.

    `neurons` and `cells` hold what is sound; a declared one that is missing there was complained about already.
    """

    spec: Spec
    diagnostics: Diagnostics
    broken: frozenset[str]
    neurons: Mapping[str, Neuron]
    cells: Mapping[str, CellSpec]
    numbers: Numbers

    def default_neuron(self) -> str | None:
        """The only declared neuron, which operations take where none is named."""
        names = list(self.spec.neurons)
        return names[0] if len(names) == 1 else None


def text(expr: Expr) -> str:
    """An expression as one writes it, for messages."""
    return print_expression(expr)
