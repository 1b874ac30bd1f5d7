"""Kernels: functions that evaluate operations. Importing this package registers them."""

from spikegraph.backends.torch.kernels import activation, framing, fused, instance_norm, spatial, weighted, wide, wiring
from spikegraph.backends.torch.kernels.base import KERNELS, Call, Kernel, State, kernel

__all__ = [
    "KERNELS",
    "Call",
    "Kernel",
    "State",
    "activation",
    "framing",
    "fused",
    "instance_norm",
    "kernel",
    "spatial",
    "weighted",
    "wide",
    "wiring",
]
