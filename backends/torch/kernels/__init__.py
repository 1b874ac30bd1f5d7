"""Kernels: how each plain operation is evaluated; importing this package registers them."""

from spikegraph.backends.torch.kernels import fused, spatial, spiking, weighted, wide, wiring
from spikegraph.backends.torch.kernels.base import KERNELS, Call, Kernel, State, kernel
from spikegraph.plugins import KERNELS_GROUP, load_plugins

__all__ = ["KERNELS", "Call", "Kernel", "State", "fused", "kernel", "spatial", "spiking", "weighted", "wide", "wiring"]

load_plugins(KERNELS_GROUP)
