"""Kernels: how each plain operation is evaluated; importing this package registers them."""

from spikegraph.backends.torch.kernels import spatial, spiking, weighted, wiring
from spikegraph.backends.torch.kernels.base import KERNELS, Call, Kernel, State, kernel

__all__ = ["KERNELS", "Call", "Kernel", "State", "kernel", "spatial", "spiking", "weighted", "wiring"]
