"""Kernels: functions that evaluate operations. Importing this package registers them."""

from spikegraph.backends.torch.kernels import (
    activation,
    convolution,
    elementwise,
    framing,
    fused,
    products,
    rates,
    recurrent,
    reduction,
    reshaping,
    shapes,
    spatial,
    weighted,
    wide,
    wiring,
)
from spikegraph.backends.torch.kernels.base import KERNELS, Call, Kernel, State, kernel

__all__ = [
    "KERNELS",
    "Call",
    "Kernel",
    "State",
    "activation",
    "convolution",
    "elementwise",
    "framing",
    "fused",
    "kernel",
    "products",
    "rates",
    "recurrent",
    "reduction",
    "reshaping",
    "shapes",
    "spatial",
    "weighted",
    "wide",
    "wiring",
]
