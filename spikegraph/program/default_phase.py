"""The form of a spec that is built where none is asked for."""

from collections.abc import Callable, Container
from dataclasses import replace

from spikegraph.dsl.ast import File
from spikegraph.dsl.renaming import identity
from spikegraph.dsl.spec import Spec
from spikegraph.elaborate.build import Elaborated
from spikegraph.ir.architecture import architecture_of, cells_of
from spikegraph.ir.graph import Graph
from spikegraph.passes.phase_pipelines import Phase
from spikegraph.program.elaborated import Use, uses


def default_phase(spec: Spec, brought: Container[tuple[str, str]], space: Callable[[Use], Elaborated | None]) -> Phase:
    """`retrain` where a genotype or a path is given or there is nothing to search; else `search`.

    A genotype that a library brings, with its cells, doesn't ask for the retraining of a network of which it decides a part,
    and a path alone not for that of one that nothing trains.

    Args:
        spec: The spec.
        brought: Kind and name of what named imports bring.
        space: The graph of what the spec says of a network; None if that is wrong.
    """
    paths = () if spec.retrain is None and spec.search is None else spec.paths
    decided = [*(("genotype", name) for name in spec.genotypes), *(("path", name) for name in paths)]
    if any(each not in brought for each in decided):
        return "retrain"
    graphs = (found.graph for use in uses(spec, "retrain" if decided else "search") if (found := space(use)) is not None)
    if decided:
        return "retrain" if all(_is_decided(spec, graph) for graph in graphs) else "search"
    return "search" if spec.search is not None or spec.cells or any(map(cells_of, graphs)) else "retrain"


def without_genotypes(file: File, brought: Container[tuple[str, str]]) -> File:
    """A file without the genotypes and paths that named imports bring, for a text that has no imports any more."""
    items = (item for item in file.items if identity(item)[0] not in ("genotype", "path") or identity(item) not in brought)
    return replace(file, items=tuple(items))


def _is_decided(spec: Spec, graph: Graph) -> bool:
    """Whether the genotypes and paths decide all cells, trellises and choices of a network."""
    trellises = [name.removesuffix(".beta") for name in architecture_of(graph) if name.endswith(".beta")]
    open_ = [name for name in cells_of(graph) if name not in spec.genotypes]
    places = (name.partition(".") for name in open_)  # of choices on wires
    return all(n in spec.paths for n in trellises) and all(
        network in spec.genotypes and place in spec.genotypes[network].nodes for network, _, place in places
    )
