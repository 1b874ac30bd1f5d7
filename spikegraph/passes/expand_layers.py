"""The pass `expand-layers`."""

from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph
from spikegraph.ir.parts import expand
from spikegraph.passes.base import Pass
from spikegraph.passes.properties import LEVELS_CLOSED, expanded


class ExpandLayers(Pass):
    """Expands layers, such as stems, restores, subpixel estimates and auxiliary classifiers, to plain operations."""

    name: ClassVar[str] = "expand-layers"
    requires = (LEVELS_CLOSED,)
    ensures = (expanded("expand-layers"),)

    @override
    def apply(self, graph: Graph) -> Graph:
        return expand(graph, self.name)
