"""Layers of integer spikes on binary ones, in sub-steps of a time step (Luo et al., ECCV 2024)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.base import KERNELS, Call, Kernel, PreparedKernel, State
from spikegraph.backends.torch.kernels.checked import checked
from spikegraph.ir.graph import Node
from spikegraph.ir.substeps import substeps_of


def kernel_of(node: Node) -> Kernel | None:
    """The kernel of a node, prepared for it, on binary spikes if the pass `unfold` marked it; None for inputs."""
    kernel, steps = KERNELS.get(node.op.name), substeps_of(node)
    kernel = kernel.of(node) if isinstance(kernel, PreparedKernel) else kernel
    if kernel is not None and not KERNELS.is_built_in(node.op.name):
        kernel = checked(node.op.name, kernel)
    return kernel if kernel is None or steps is None else by_substeps(kernel, steps)


def by_substeps(kernel: Kernel, n: int) -> Kernel:
    """The kernel of an operation f(x) = W x + c on counts of spikes, which calls `kernel` with binary spikes only.

    A count x of up to n spikes is the sum of the binary spikes b_k = [x >= k], k = 1 to n, which follow each other in n
    sub-steps: f(x) = f(b_1) + ... + f(b_n) - (n - 1) f(0). Values and results are [T, N, C, *size].
    """

    def compute(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Any, State]:
        (x,), (value,) = xs, call.operands
        if torch.is_grad_enabled() and x.requires_grad:
            raise RuntimeError("unfolded integer spikes have no gradient: train the network without the pass `unfold`")
        steps = x if value.steps else x.unsqueeze(0)
        ks = torch.arange(1, n + 1, device=x.device).reshape(-1, *[1] * (x.dim() - value.steps))
        binary = (steps.unsqueeze(1) >= ks).to(x.dtype).reshape(-1, *steps.shape[1:])
        operands = (value.with_(steps=True),)
        node = call.node if value.steps else replace(call.node, operand_values=operands)  # with the type of the kernel's result
        over_time = replace(call, node=node, operands=operands)
        found: Any = kernel(replace(over_time, steps=len(binary)), [binary], state)[0]
        silent: Any = kernel(replace(over_time, steps=1), [torch.zeros_like(steps[:1])], state)[0]

        def joined(y: Tensor, constant: Tensor) -> Tensor:
            total = y.reshape(len(steps), n, *y.shape[1:]).sum(1) - (n - 1) * constant
            return total if value.steps else total[0]

        if call.node.op.results:
            return tuple(joined(y, constant) for y, constant in zip(found, silent, strict=True)), None
        return joined(found, silent), None

    return compute
