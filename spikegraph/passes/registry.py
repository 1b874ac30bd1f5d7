"""The registry of passes."""

from spikegraph.passes.base import Pass
from spikegraph.passes.bind_genotype import BindGenotype
from spikegraph.passes.choose import Choose
from spikegraph.passes.convert_stems import ConvertStems
from spikegraph.passes.expand_cells import ExpandCells
from spikegraph.passes.expand_layers import ExpandLayers
from spikegraph.passes.expand_trellis import ExpandTrellis
from spikegraph.passes.fold_norm import FoldNorm
from spikegraph.passes.fuse import Fuse
from spikegraph.passes.insert_resize import InsertResize
from spikegraph.passes.instrument_dgs import InstrumentDgs
from spikegraph.passes.mix import MixAt
from spikegraph.passes.partial import Partial
from spikegraph.passes.prune import Prune
from spikegraph.passes.sparsify import Sparsify
from spikegraph.passes.sync_norm import SyncNorm
from spikegraph.passes.unfold import Unfold
from spikegraph.passes.weigh_edges import WeighEdges
from spikegraph.passes.widen import Widen
from spikegraph.plugins.registry import Registry

PASSES: Registry[type[Pass]] = Registry(
    "pass",
    "spikegraph.passes",
    {
        p.name: p
        for p in (
            ConvertStems,
            BindGenotype,
            ExpandTrellis,
            ExpandCells,
            MixAt,
            WeighEdges,
            Partial,
            ExpandLayers,
            InsertResize,
            FoldNorm,
            Prune,
            InstrumentDgs,
            Choose,
            Widen,
            Fuse,
            Sparsify,
            SyncNorm,
            Unfold,
        )
    },
    kind=type,
)
"""All passes by name, the built-in ones in the usual order of execution."""
