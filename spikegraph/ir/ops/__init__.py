"""The operations of the graph, each beside its type rule; importing this package registers them."""

from spikegraph.ir.ops import activation, composite, convolution, pooling, resizing, stereo, wiring

__all__ = ["activation", "composite", "convolution", "pooling", "resizing", "stereo", "wiring"]
