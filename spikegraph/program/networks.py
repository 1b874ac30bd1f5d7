"""Which genotypes of a spec are one network, and which candidates of its cells are one operation."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from spikegraph.base.errors import NoArchitectureError, UserError
from spikegraph.base.resources import is_kept
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.genotype.architecture import Architecture, of_spec
from spikegraph.genotype.read import read_architecture
from spikegraph.ir.canonical import fingerprint
from spikegraph.passes.candidates import identical, searched_cells
from spikegraph.program.kept import kept
from spikegraph.program.program import Program


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
    if not spec.networks:
        return {}
    mix, cells = None if spec.retrain is None else spec.retrain.mix, searched_cells(program.space("retrain"), spec.cells)
    return {
        of.cell.name: {name: first for first, *others in groups for name in others}
        for of, groups in zip(cells, identical(cells, "retrain", mix), strict=True)
    }


def architecture_of(path: Path, name: str) -> Architecture:
    """The architecture in a genotype file, a spec or a trained network, with its network if the whole spec is there.

    Raises:
        SpecError, NoArchitectureError, RunFolderError: As `read_architecture` does.
    """
    found = kept(path) if is_kept(path) else None
    if found is not None and found.run is None:
        return architecture_in(found.program, name)
    architecture = read_architecture(path, name)
    try:
        program = Program.read(path) if found is None else found.program
    except UserError:  # a plug-in isn't loaded: the genotype is compared all the same
        return architecture
    return with_network(architecture, program)


def architecture_in(program: Program, name: str) -> Architecture:
    """The architecture in a spec with genotypes, with its network.

    Raises:
        SpecError: The spec is wrong.
        NoArchitectureError: It has no genotype or path.
    """
    architecture = of_spec(name, program.checked().spec)
    if not architecture.cells and not architecture.paths:
        raise NoArchitectureError(f"{name} has no genotype or path", "it has nothing that is searched")
    return with_network(architecture, program)


def with_network(architecture: Architecture, program: Program) -> Architecture:
    """An architecture with its network, and with the operations that are one; itself if its spec has no network."""
    if not program.spec.networks:
        return architecture
    try:
        network = fingerprint(program.build("retrain").plain)
        return replace(architecture, network=network, same=same_operations(program))
    except (SpecError, UserError):
        return architecture
