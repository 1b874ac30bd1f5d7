"""The operations of the graph, each beside its type rule; importing this package registers them."""

from spikegraph.ir.ops import activation, cells, convolution, fused, layers, pooling, resizing, stereo, wide, wiring
from spikegraph.plugins import OPS_GROUP, load_plugins

__all__ = ["activation", "cells", "convolution", "fused", "layers", "pooling", "resizing", "stereo", "wide", "wiring"]

load_plugins(OPS_GROUP)
