"""Kernels of padding, cropping and repeating, and of the frames of a stack of events."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, kernel, real
from spikegraph.ir.ops.frames import FrameTimes, WeighFrames
from spikegraph.ir.ops.framing import Crop, Pad, Stack


@kernel(Pad)
def pad(call: Call[Pad], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Adds zeros before the spatial axes of [T, N, C, *size]."""
    op, axes = call.node.op, len(call.operands[0].size)
    before = [number for n in reversed(xs[0].shape[-axes:]) for number in (-n % op.multiple, 0)]
    return F.pad(xs[0], before), None


@kernel(Crop)
def crop(call: Call[Crop], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Cuts [T, N, C, *size] to the size in pixels of another value, as a view."""
    op, y = call.node.op, xs[0]
    for axis in range(-len(call.operands[1].size), 0):
        size = xs[1].shape[axis]
        extra = y.shape[axis] - size
        y = y.narrow(axis, extra if op.at == "end" else extra // 2, size)
    return y, None


@kernel(Stack)
def stack(call: Call[Stack], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Repeats [T, N, C, *size] for each plane, as a view [T, N, C, planes, *size]."""
    op, (x,), axes = call.node.op, xs, len(call.operands[0].size)
    size = x.shape[x.dim() - axes :]
    return x.unsqueeze(-1 - axes).expand(*x.shape[: x.dim() - axes], op.planes, *size), None


@kernel(FrameTimes)
def frame_times(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The times [N, 1, F] of the frames of [T, N, F, *size]."""
    value = call.operands[0]
    samples, frames = xs[0].shape[1 if value.steps else 0], value.channels
    dtype = xs[0].dtype if xs[0].is_floating_point() else torch.float32
    times = torch.arange(frames, device=xs[0].device, dtype=dtype) / frames - 1
    return times.expand(samples, 1, frames), None


@kernel(WeighFrames)
def weigh_frames(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Weighted means of frames [T, N, F, *size] with weights [N, out, F] or [T, N, out, F]: [T, N, out, *size]."""
    x, weights, axes = real(xs[0]), real(xs[1]), len(call.operands[0].size)
    assert call.weights is not None
    shift: Tensor = call.weights.shift  # type: ignore[assignment]
    pixels = x.flatten(-axes).to(weights.dtype)
    count = (pixels != 0).sum(-2, keepdim=True).clamp(min=1)
    y = torch.matmul(weights, pixels) / count + shift[:, None]
    return y.reshape(*y.shape[:-1], *x.shape[-axes:]), None
