"""The pipelines of the three phases."""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from spikegraph.ir.cellspec import KeptEdge
from spikegraph.passes.base import Pass
from spikegraph.passes.bind_genotype import BindGenotype
from spikegraph.passes.convert_stems import ConvertStems
from spikegraph.passes.expand_cells import ExpandCells
from spikegraph.passes.expand_layers import ExpandLayers
from spikegraph.passes.expand_trellis import ExpandTrellis
from spikegraph.passes.fold_norm import FoldNorm
from spikegraph.passes.fuse import Fuse
from spikegraph.passes.insert_resize import InsertResize
from spikegraph.passes.instrument_dgs import InstrumentDgs
from spikegraph.passes.mix import MixAt
from spikegraph.passes.prune import Prune
from spikegraph.passes.sparsify import Sparsify
from spikegraph.passes.widen import Widen

FASTER: tuple[Pass, ...] = (Widen(), Fuse(), Sparsify())
"""The passes at the end of every pipeline, which make a graph faster and keep its function and the names of weights."""

Phase = Literal["search", "retrain", "deploy"]
PHASE_NAMES: tuple[Phase, ...] = get_args(Phase)


def default_pipeline(
    phase: Phase,
    *,
    stems: str | None,
    mix: Literal["spike", "membrane"] | None,
    genotypes: Mapping[str, tuple[KeptEdge, ...]],
    paths: Mapping[str, tuple[int, ...]],
    dgs: InstrumentDgs | None = None,
    method: Sequence[Pass] = (),
) -> tuple[Pass, ...]:
    """The passes of a phase; the last ones, `FASTER`, give the form that runs.

    Args:
        phase: `search` keeps the choices open, `retrain` binds them, `deploy` also folds the norms and removes operations
            that only losses use.
        stems: `relu` or a declared neuron; None keeps the stems' own neurons.
        mix: Where operations mix; None uses each cell's declaration.
        genotypes: Kept edges by cell.
        paths: Level after each layer by trellis.
        dgs: The pass that marks neurons for the surrogate search in `retrain`; None without a search.
        method: The passes by which a search method changes the supernet in `search`.
    """
    passes: list[Pass] = [ConvertStems(to=stems)] if stems is not None else []
    passes += [ExpandTrellis()] if phase == "search" else [BindGenotype(genotypes, paths)]
    passes.append(ExpandCells())
    if mix is not None:
        passes.append(MixAt(at=mix))
    if phase == "search":
        passes += method
    passes += [ExpandLayers(), InsertResize(), Prune(losses=phase != "deploy")]
    if phase == "retrain" and dgs is not None:
        passes.append(dgs)
    if phase == "deploy":
        passes.append(FoldNorm())
    return (*passes, *FASTER)
