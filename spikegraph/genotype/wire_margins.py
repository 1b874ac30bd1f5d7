"""Margins of the choices on wires at the end of a search."""

from collections.abc import Mapping

from spikegraph.dsl.ast import Expr
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.spec import Spec
from spikegraph.elaborate.build import elaborate
from spikegraph.genotype.decode import Edge, cell_margins
from spikegraph.genotype.decode_softmax import Matrix
from spikegraph.ir.architecture import cells_of


def wire_margins(spec: Spec, network: str, chosen: Mapping[str, str], alpha: Mapping[str, Matrix]) -> dict[str, float]:
    """The margin of each choice of a network, by place.

    Args:
        spec: A checked spec.
        network: The network.
        chosen: The branches by place.
        alpha: The architecture parameters by searched cell, as in the journal.

    Raises:
        ValueError: The parameters don't fit the network.
    """
    search = spec.search
    bindings = dict[str, Expr]() if search is None or search.network != network else search.bindings
    made = elaborate(spec, network, bindings, Diagnostics(), run=search)
    cells = {} if made is None else cells_of(made.graph)
    found: dict[str, float] = {}
    for place, branch in chosen.items():
        name = f"{network}.{place}"
        if name in cells and name in alpha:
            names = [c.name for c in cells[name].candidates]
            (margin,) = cell_margins(alpha[name], [(0, names.index(branch))], 1, 1, edges=[Edge(0, "")])
            found[place] = margin.candidate
    return found
