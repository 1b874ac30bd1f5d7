"""The references of the project's operations; importing this package registers them."""

from spikegraph.meaning.operations import (
    cells,
    convolutions,
    delays,
    elementwise,
    layers,
    matrices,
    neurons,
    norms,
    pooling,
    rates,
    reshaping,
    resizing,
    stereo,
    supernets,
    trellises,
    wiring,
)

__all__ = [
    "cells",
    "convolutions",
    "delays",
    "elementwise",
    "layers",
    "matrices",
    "neurons",
    "norms",
    "pooling",
    "rates",
    "reshaping",
    "resizing",
    "stereo",
    "supernets",
    "trellises",
    "wiring",
]
