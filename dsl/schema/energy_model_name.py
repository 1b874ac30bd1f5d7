"""The name of an energy model, in an objective of a search and in a penalty of a loss."""

from collections.abc import Collection
from typing import cast

from typing_extensions import override

from spikegraph.base.nearest import did_you_mean, listed, nearest
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Fix
from spikegraph.dsl.schema.key import Reading, Scope
from spikegraph.dsl.schema.names import FreeName
from spikegraph.plugins.later import later
from spikegraph.plugins.registry import HINT

_ENERGY_MODELS = later("spikegraph.analysis.energy:energy_models")


class EnergyModelName(FreeName):
    """The name of an energy model."""

    @property
    @override
    def words(self) -> str:
        return "the name of an energy model, which `spikegraph energies` lists"

    def known(self) -> Collection[str]:
        """The names that there are."""
        return cast("Collection[str]", _ENERGY_MODELS())

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[str] | None:
        found, known = super().read(expr, scope), self.known()
        if found is None or found.value in known:
            return found
        near = nearest(found.value, known)
        help = did_you_mean(found.value, known) or f"the energy models are {listed(known, last='and')}"
        fixes = [] if near is None else [Fix(expr.span, f'"{near}"', f'write `"{near}"`')]
        summary = f"there is no energy model `{found.value}`"
        scope.diagnostics.error("SG0209", expr.span, summary, help=f"{help} {HINT}", fixes=fixes)
        return None
