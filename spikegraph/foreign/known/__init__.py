"""Adapters for PyTorch, SpikingJelly, snnTorch and norse; none of them is imported here."""

from spikegraph.foreign.known import functions, layers, norse, shapes, sizes, snntorch, spikingjelly, windows

__all__ = ["functions", "layers", "norse", "shapes", "sizes", "snntorch", "spikingjelly", "windows"]
