"""Adapters for PyTorch, SpikingJelly, snnTorch and norse; none of them is imported here."""

from spikegraph.foreign.known import (
    functions,
    layers,
    norms,
    norse,
    reductions,
    shapes,
    sizes,
    snntorch,
    spikingjelly,
    totals,
    windows,
)

__all__ = [
    "functions",
    "layers",
    "norms",
    "norse",
    "reductions",
    "shapes",
    "sizes",
    "snntorch",
    "spikingjelly",
    "totals",
    "windows",
]
