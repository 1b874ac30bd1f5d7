"""The operations of the graph, each beside its type rule; importing this package registers them."""

from spikegraph.ir.ops import activation, composite, convolution, fused, pooling, resizing, stereo, wide, wiring

__all__ = ["activation", "composite", "convolution", "fused", "pooling", "resizing", "stereo", "wide", "wiring"]
