"""The operations of the graph, each beside its type rule; importing this package registers them."""

from spikegraph.ir.ops import (
    activation,
    cells,
    choose,
    convolution,
    frames,
    framing,
    fused,
    instance_norm,
    layers,
    pooling,
    projection,
    resizing,
    stereo,
    wide,
    wiring,
)

__all__ = [
    "activation",
    "cells",
    "choose",
    "convolution",
    "frames",
    "framing",
    "fused",
    "instance_norm",
    "layers",
    "pooling",
    "projection",
    "resizing",
    "stereo",
    "wide",
    "wiring",
]
