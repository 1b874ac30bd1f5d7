"""The operations of the graph, each beside its type rule; importing this package registers them."""

from spikegraph.ir.ops import activation, composite, convolution, fused, pooling, resizing, stereo, wide, wiring
from spikegraph.plugins import OPS_GROUP, load_plugins

__all__ = ["activation", "composite", "convolution", "fused", "pooling", "resizing", "stereo", "wide", "wiring"]

load_plugins(OPS_GROUP)
