"""Adapters for PyTorch, SpikingJelly, snnTorch and norse; none of them is imported here."""

from spikegraph.foreign.known import (
    activations,
    attention,
    concatenation,
    exchanged,
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
    "attention",
    "concatenation",
    "exchanged",
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
