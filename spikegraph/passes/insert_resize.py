"""The pass `insert-resize` (Che et al., NeurIPS 2022, section 3.2.2)."""

from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph
from spikegraph.ir.parts import expand
from spikegraph.passes.base import Pass
from spikegraph.passes.properties import ONLY_FITS, expanded


class InsertResize(Pass):
    """Inserts a resizing wherever resolutions differ; nearest keeps spikes binary (section 3.2.2)."""

    name: ClassVar[str] = "insert-resize"
    requires = (ONLY_FITS,)
    ensures = (expanded("insert-resize"),)

    @override
    def apply(self, graph: Graph) -> Graph:
        return expand(graph, self.name)
