"""Kernels: functions that evaluate operations. Importing this package registers them."""

from spikegraph.backends.torch.kernels import activation, fused, spatial, weighted, wide, wiring
from spikegraph.backends.torch.kernels.base import KERNELS, Call, Kernel, State, kernel
from spikegraph.plugins import KERNELS_GROUP, load_plugins

__all__ = ["KERNELS", "Call", "Kernel", "State", "activation", "fused", "kernel", "spatial", "weighted", "wide", "wiring"]

load_plugins(KERNELS_GROUP)
