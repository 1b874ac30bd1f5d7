"""The context that all parts of the elaboration share."""

from collections.abc import Mapping
from dataclasses import field

from spikegraph.base.nearest import listed
from spikegraph.base.record import record
from spikegraph.dsl.ast import Binary, Expr, Name, Negative
from spikegraph.dsl.declarations import Broken
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.layout import flat
from spikegraph.dsl.schema.network import FirstNeuron
from spikegraph.dsl.spec import Spec, Value
from spikegraph.ir.cellspec import CellSpec
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op

Values = Mapping[str, Value]
"""Values of the params that aren't neurons; None for a param with an error, which was already reported."""


@record
class Context:
    """A spec, the collector of its errors, and its elaborated declarations.

    `neurons` and `cells` hold only valid declarations; the errors of missing ones were already reported. `values` and
    `chosen` are the params that are visible: values, and neurons, None for one with an error. `stems` is the
    neuron of stems that name none, if a run says so, and `neuron` that of the network's other operations.
    """

    spec: Spec
    diagnostics: Diagnostics
    broken: Broken
    neurons: Mapping[str, Neuron]
    cells: Mapping[str, CellSpec] = field(default_factory=dict[str, CellSpec])
    values: Values = field(default_factory=dict[str, Value])
    chosen: Mapping[str, Neuron | None] = field(default_factory=dict[str, Neuron | None])
    stems: str | None = None
    neuron: str | None = None
    first: FirstNeuron | None = None
    stems_stated: bool = False

    def default_neuron(self, *, stem: bool = False) -> str | None:
        """The neuron of operations that name none: for a stem that of the runs, otherwise that of the network.

        Adds a warning if it is only the first of several in the text.
        """
        found = self.stems if stem and self.stems is not None else self.neuron
        if self.first is not None and found == self.neuron and not self.broken and not (stem and self.stems_stated):
            names = listed(self.first.names, last="and")
            summary = f"operations take the neuron `{found}` because it is the first of {names}"
            help = f"write `neuron = {self.first.written}` in the network, so that their order doesn't matter"
            fixes = () if self.first.edit is None else (self.first.edit,)
            self.diagnostics.warning("SG0325", self.first.at, summary, help=help, fixes=fixes)
        return found

    def values_of(self, op: type[Op], parameter: str, expr: Expr) -> Values:
        """The values that a parameter of an operation can name: the params, and for some `threshold`, that of the neurons.

        Adds an error if `expr` names the threshold, and the neurons have several or none.
        """
        if parameter not in op.of_neurons or "threshold" in self.values or "threshold" not in _names(expr):
            return self.values
        named = self.default_neuron()
        default = None if named is None else self.neurons.get(named)
        found = sorted({n.threshold for n in (self.neurons.values() if default is None else (default,)) if n.spikes})
        if len(found) == 1:
            return {**self.values, "threshold": found[0]}
        if not self.broken.has("neuron"):
            have = f"they have {' and '.join(f'{t:g}' for t in found)}" if found else "there is none"
            summary = f"`threshold` is that of the declared neurons, but {have}"
            self.diagnostics.error("SG0314", expr.span, summary, help="write the number")
        return {**self.values, "threshold": None}


def _names(expr: Expr) -> set[str]:
    """The names in arithmetic."""
    match expr:
        case Name(id=name):
            return {name}
        case Negative(operand=operand):
            return _names(operand)
        case Binary(left=left, right=right):
            return _names(left) | _names(right)
        case _:
            return set()


def text(expr: Expr) -> str:
    """The source text of an expression, for messages."""
    return flat(expr)
