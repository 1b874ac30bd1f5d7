"""Kernels of functions of numbers one by one."""

from collections.abc import Sequence

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, broadcast, kernel, real
from spikegraph.ir.ops.elementwise import Div, Erf, Exp, Scale, Sigmoid, Sub, Tanh


@kernel(Sub)
def sub(call: Call[Sub], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """X - y of [T, N, C, *size]; one of shape [T, N, C] counts at every position."""
    x, y = broadcast(call, xs)
    return x - y, None


@kernel(Div)
def div(call: Call[Div], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """X / y of [T, N, C, *size]; one of shape [T, N, C] counts at every position."""
    x, y = map(real, broadcast(call, xs))
    return x / y, None


@kernel(Scale)
def scale(call: Call[Scale], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """[T, N, C, *size] times a number."""
    return real(xs[0]) * call.node.op.by, None


@kernel(Sigmoid)
def sigmoid(call: Call[Sigmoid], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """1 / (1 + exp(-x)) of [T, N, C, *size]."""
    return torch.sigmoid(real(xs[0])), None


@kernel(Tanh)
def tanh(call: Call[Tanh], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The hyperbolic tangent of [T, N, C, *size]."""
    return torch.tanh(real(xs[0])), None


@kernel(Erf)
def erf(call: Call[Erf], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The error function of [T, N, C, *size]."""
    return torch.erf(real(xs[0])), None


@kernel(Exp)
def exp(call: Call[Exp], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The exponential function of [T, N, C, *size]."""
    return torch.exp(real(xs[0])), None
