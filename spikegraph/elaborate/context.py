"""The context that all parts of the elaboration share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from spikegraph.dsl.ast import Expr
from spikegraph.dsl.declarations import Broken
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.printer import print_expression
from spikegraph.dsl.spec import Spec
from spikegraph.ir.cellspec import CellSpec
from spikegraph.ir.neuron import Neuron

Numbers = Mapping[str, int | float | None]
"""Values of the params that are numbers; None for a param with an error, which was already reported."""


@dataclass(frozen=True)
class Context:
    """A spec, the collector of its errors, and its elaborated declarations.

    `neurons` and `cells` hold only valid declarations; the errors of missing ones were already reported. `numbers` and
    `chosen` are the values of the params that are visible: numbers, and neurons, None for one with an error. `stems` is the
    neuron of stems that name none, if a run says so, and `neuron` that of the network's other operations.
    """

    spec: Spec
    diagnostics: Diagnostics
    broken: Broken
    neurons: Mapping[str, Neuron]
    cells: Mapping[str, CellSpec] = field(default_factory=dict[str, CellSpec])
    numbers: Numbers = field(default_factory=dict[str, int | float | None])
    chosen: Mapping[str, Neuron | None] = field(default_factory=dict[str, Neuron | None])
    stems: str | None = None
    neuron: str | None = None

    def default_neuron(self, *, stem: bool = False) -> str | None:
        """The neuron of operations that name none: for a stem that of the runs, otherwise that of the network."""
        return self.stems if stem and self.stems is not None else self.neuron


def text(expr: Expr) -> str:
    """The source text of an expression, for messages."""
    return print_expression(expr)
