"""The references of the project's operations; importing this package registers them."""

from spikegraph.meaning.operations import (
    cells,
    convolutions,
    layers,
    neurons,
    norms,
    pooling,
    resizing,
    stereo,
    supernets,
    trellises,
    wiring,
)

__all__ = [
    "cells",
    "convolutions",
    "layers",
    "neurons",
    "norms",
    "pooling",
    "resizing",
    "stereo",
    "supernets",
    "trellises",
    "wiring",
]
