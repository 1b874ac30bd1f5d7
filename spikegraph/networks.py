"""Which genotypes of a spec are one network, and which candidates of its cells are one operation."""

from collections.abc import Mapping

from spikegraph.ir.canonical import fingerprint
from spikegraph.passes.candidates import identical, searched_cells
from spikegraph.program import Program


def network_of(program: Program, genotype: str) -> str:
    """The fingerprint of the retrained network of a genotype: two genotypes of a spec are one network if it is equal.

    It is that of the graph with the genotype, as `retrain` says it, without what nothing uses (`spikegraph/ir/canonical.py`).

    Raises:
        SpecError: The genotype doesn't fit the spec.
    """
    return fingerprint(program.bind(genotype).build("retrain").plain)


def same_operations(program: Program) -> dict[str, Mapping[str, str]]:
    """For each searched cell the candidates that are another one's operation once retrained, with the first that is.

    In cells that mix at the membrane, `c5` is `c3` if only the neurons at the ends of their edges differ.

    Raises:
        SpecError: The spec is wrong.
    """
    spec = program.checked().spec
    mix, found = None if spec.retrain is None else spec.retrain.mix, dict[str, Mapping[str, str]]()
    for node, cell in searched_cells(program.space("retrain")):
        groups = identical(node, cell, spec.cells[cell.name].stride, "retrain", mix)
        found[cell.name] = {name: first for first, *others in groups for name in others}
    return found
