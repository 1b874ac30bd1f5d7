"""Penalties in a loss: terms computed from the spikes of the network, not from an output."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import Any

from typing_extensions import override

from spikegraph.base.errors import OutputError
from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.dgs_places import place_text
from spikegraph.dsl.schema.calls import Signature
from spikegraph.dsl.schema.energy_model_name import EnergyModelName
from spikegraph.dsl.schema.key import Key, Reading, Scope, ValueType
from spikegraph.plugins.later import later

ALL = "all"
"""The place of the whole network."""


class Places(ValueType[tuple[str, ...]]):
    """`all`, or one or more places of a network, as those of `dgs`."""

    @property
    @override
    def words(self) -> str:
        return "`all`, a place such as `features.stem0` or `cells[5].n0`, or a list of places"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[tuple[str, ...]] | None:
        items = expr.items if isinstance(expr, ast.Sequence) else (expr,)
        places = [place_text(item) for item in items]
        if not items or any(place is None for place in places):
            return self.refuse(expr, scope)
        for i, place in enumerate(places):
            if place in places[:i]:
                scope.diagnostics.error("SG0225", items[i].span, f"`{place}` is named twice")
                return None
        if ALL in places and len(places) > 1:
            scope.diagnostics.error("SG0225", expr.span, "`all` is every place, so it can't have others", help="write `all`")
            return None
        return Reading(tuple(str(place) for place in places), expr)


AT = Key("at", Places(), ALL, "where: a layer, a block, a cell or a node of one, or several")
"""The places of a penalty."""

MODEL = Key("model", EnergyModelName(), '"cmos-45nm"', "the energy model; `spikegraph energies` prints formulas")
"""The energy model of a penalty."""


class EmptyPlaceError(OutputError):
    """A network has nothing at the places of a penalty that spikes could change, so the penalty is constant."""


@record
class Penalty(Signature):
    """How a penalty is written, and what computes it.

    Attributes:
        parameters: Of `AT` and `MODEL`; without `AT` its places are the whole network.
        check: Called with the `Loss` and the lowered graph, before the passes that make it faster; raises an `OutputError`
            if the penalty can't be computed of this network, an `EmptyPlaceError` if nothing there spikes.
        bind: Called with the `Loss`, the graph that runs, the one before the passes that make it faster, and that of the
            supernet if this is a part of one; gives a term of the loss (`spikegraph.backends.torch.train.penalties`).
    """

    _: KW_ONLY
    check: Callable[..., Any]
    bind: Callable[..., Any]


_TORCH, _CHECKS = "spikegraph.backends.torch.train.penalties", "spikegraph.analysis.penalties"

PENALTIES = (
    Penalty(
        "spikes",
        (AT,),
        "mean number of spikes of a neuron in a time step, over the neurons at its places; a count of n is n spikes",
        check=later(f"{_CHECKS}:check_spikes"),
        bind=later(f"{_TORCH}:SpikePenalty"),
    ),
    Penalty(
        "energy",
        (MODEL, AT),
        "energy of an inference, of the batch's spikes with their exact fan-out, as a share of that if each neuron fires at "
        "each time step (docs/energy.md)",
        check=later(f"{_CHECKS}:check_energy"),
        bind=later(f"{_TORCH}:EnergyPenalty"),
    ),
)
"""The built-in penalties."""
