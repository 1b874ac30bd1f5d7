"""How a notebook shows a spec."""

from spikegraph.base.errors import UserError
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.plugins.later import later


class DrawnInNotebooks:
    """Base of specs, which notebooks display as a diagram."""

    def _repr_svg_(self) -> str | None:
        """The network, or the genotypes; None if the spec is wrong or has neither, or Graphviz isn't installed."""
        try:
            svg: str = later("spikegraph.api.describing:render")(self).svg()
        except (SpecError, UserError):
            return None
        return svg
