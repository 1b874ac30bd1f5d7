"""The references of the project's operations; importing this package registers them."""

from spikegraph.meaning.operations import (
    cells,
    convolutions,
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
