"""Adapters for PyTorch, SpikingJelly, snnTorch and norse; none of them is imported here."""

from spikegraph.foreign.known import functions, layers, norse, shapes, snntorch, spikingjelly

__all__ = ["functions", "layers", "norse", "shapes", "snntorch", "spikingjelly"]
