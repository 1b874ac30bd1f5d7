"""The pass `sync-norm`."""

from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph, Notes
from spikegraph.passes.marking import Marking


class SyncNorm(Marking):
    """Marks norms whose statistics are those of all processes' samples, if several train together (`--sync-norm`).

    The function of the whole batch is the same. With one process the mark has no effect.
    """

    name: ClassVar[str] = "sync-norm"

    @override
    def marks(self, graph: Graph) -> Mapping[str, Notes]:
        return {node.name: {"synchronised": True} for node in graph if node.op.traits.statistics}
