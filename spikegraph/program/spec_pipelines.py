"""The pipelines of a spec: those of the phases, with the genotypes, the places and the method that the spec declares."""

from spikegraph.dsl.dgs_places import auto_count
from spikegraph.dsl.schema.methods import K, weighs_edges
from spikegraph.dsl.spec import Retrain, Run, Search, Spec
from spikegraph.elaborate.places import stems_of
from spikegraph.genotype.bindings import kept_edges, paths, rows
from spikegraph.ir.architecture import cells_of
from spikegraph.ir.graph import Graph
from spikegraph.passes.base import Pass
from spikegraph.passes.choose import Choose
from spikegraph.passes.instrument_dgs import BETWEEN, InstrumentDgs
from spikegraph.passes.partial import Partial
from spikegraph.passes.phase_pipelines import Phase, default_pipeline
from spikegraph.passes.weigh_edges import WeighEdges


def pipeline_of(spec: Spec, run: Run | None, phase: Phase, graph: Graph) -> tuple[Pass, ...]:
    """The passes of a phase of a spec; `graph` is what the spec says of the network."""
    dgs = _instrument(spec, run, graph)
    return default_pipeline(
        phase,
        stems=None if run is None else run.stems,
        mix=None if run is None else run.mix,
        genotypes=kept_edges(spec),
        paths=paths(spec),
        dgs=dgs if dgs.places else None,
        method=_of_method(run, graph),
    )


def _of_method(run: Run | None, graph: Graph) -> tuple[Pass, ...]:
    """The passes by which the method of a search changes its supernet."""
    if not isinstance(run, Search):
        return ()
    weigh = (WeighEdges(cells_of(graph)),) if weighs_edges(run.method) else ()
    return (*weigh, Partial(K.of(run.method.named))) if run.method.name == "partial" else weigh


def others(spec: Spec, run: Run | None, graph: Graph) -> tuple[Pass, ...]:
    """The passes that a pipeline's text may name, with what the text can't say: places, genotypes and cells."""
    cells = cells_of(graph)
    return _instrument(spec, run, graph), Choose(rows(cells, spec.genotypes.values()), paths(spec)), WeighEdges(cells)


def _instrument(spec: Spec, run: Run | None, graph: Graph) -> InstrumentDgs:
    """The pass that marks the places whose surrogates a run searches."""
    places = [place for dgs in run.dgs for place in dgs.places] if isinstance(run, Retrain) else []
    open_ = any(node.op.searched() is not None for node in graph)
    decided = tuple(p for p in places if open_ and (spec.search is not None or auto_count(p) is None))
    return InstrumentDgs(at=BETWEEN.join(places), stems=stems_of(graph), decided=decided)
