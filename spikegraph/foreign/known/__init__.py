"""Adapters for PyTorch, SpikingJelly, snnTorch and norse; none of them is imported here."""

from spikegraph.foreign.known import (
    activations,
    functions,
    layers,
    matrices,
    norms,
    norse,
    parts,
    reductions,
    shapes,
    sizes,
    snntorch,
    spikingjelly,
    windows,
)

__all__ = [
    "activations",
    "functions",
    "layers",
    "matrices",
    "norms",
    "norse",
    "parts",
    "reductions",
    "shapes",
    "sizes",
    "snntorch",
    "spikingjelly",
    "windows",
]
