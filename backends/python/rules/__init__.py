"""The rules for the operations of the language. Importing this package registers them."""

from spikegraph.backends.python.rules import (
    convolutions,
    elementwise,
    learned,
    norms,
    pooling,
    products,
    reduction,
    reshaping,
    shapes,
    sizes,
    spiking,
    steps,
    stereo,
    wiring,
)

__all__ = [
    "convolutions",
    "elementwise",
    "learned",
    "norms",
    "pooling",
    "products",
    "reduction",
    "reshaping",
    "shapes",
    "sizes",
    "spiking",
    "steps",
    "stereo",
    "wiring",
]
