"""Kernels of resizing, stereo matching and pooling (Che et al., NeurIPS 2022, Eqs. 5 and 13)."""

from collections.abc import Sequence

import torch.nn.functional as F
from jaxtyping import Shaped
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, flat, kernel, over_time, positioned, real, unflat
from spikegraph.backends.torch.modules.resize import resize_nearest
from spikegraph.backends.torch.modules.subpixel import mean_disparity, resize_similarity, subpixel_estimate
from spikegraph.backends.torch.modules.volume import cost_volume as feature_volume
from spikegraph.backends.torch.modules.volume import within_both
from spikegraph.ir.ops.pooling import Pool
from spikegraph.ir.ops.resizing import Resize, Upsample, doubled
from spikegraph.ir.ops.stereo import CostVolume, Estimate, Planes
from spikegraph.ir.ops.windows import along, pads, shrunk, windows

MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
MEAN = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
SMOOTH = {1: "linear", 2: "bilinear", 3: "trilinear"}


def resized(x: Shaped[Tensor, " first *rest"], size: Sequence[int], mode: str, call: Call) -> Shaped[Tensor, " first *resized"]:
    """Resizes the spatial axes of [T, N, C, *size]: nearest, or bilinear (linear for 1 axis, trilinear for 3)."""
    value = call.operands[0]
    if mode == "nearest":
        return resize_nearest(x, size)
    y = F.interpolate(flat(x, value), size=tuple(size), mode=SMOOTH[len(value.size)], align_corners=False)
    return unflat(y, x, value)


@kernel(Resize)
def resize(call: Call[Resize], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Resizes [T, N, C, *size] to the size in pixels of another value, or to a fraction of it; repeats [T, N, C]."""
    op, axes = call.node.op, len(call.operands[1].size)
    size = [n + 2 * op.margin for n in shrunk(tuple(xs[1].shape[-axes:]), op.down)]
    if not call.operands[0].size:
        return positioned(xs[0], axes).expand(*xs[0].shape, *size), None
    return resized(xs[0], size, op.mode, call), None


@kernel(Upsample)
def upsample(call: Call[Upsample], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Resizes [T, N, C, *size] by a factor."""
    op, axes = call.node.op, len(call.operands[0].size)
    return resized(xs[0], [doubled(n, op.scale) for n in xs[0].shape[-axes:]], op.mode, call), None


@kernel(CostVolume)
def cost_volume(call: Call[CostVolume], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Concatenates left and shifted right features [T, N, C, H, W] to [T, N, 2 * C, D, H, W] (Eq. 13)."""
    op = call.node.op
    if call.node.value.steps:
        xs = [over_time(x, v, call.steps) for x, v in zip(xs, call.operands, strict=True)]
    volume = feature_volume(xs[0], xs[1], op.planes)
    return (within_both(volume) if op.zero == "both" else volume), None


@kernel(Planes)
def planes(call: Call[Planes], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Resizes similarity planes [T, N, 1, D, h, w] to [T, N, D * scale, H, W]."""
    x, value, op = xs[0], call.operands[0], call.node.op
    height, width = xs[1].shape[-2:]
    return unflat(resize_similarity(flat(real(x), value).squeeze(1), (height, width), op.scale), x, value), None


@kernel(Estimate)
def estimate(call: Call[Estimate], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Similarity planes [T, N, D, H, W] to disparities [T, N, 1, H, W] in pixels (Eq. 5), or the mean of all planes."""
    op = call.node.op
    if op.support == "all":
        return mean_disparity(xs[0], op.step).unsqueeze(-3), None
    return subpixel_estimate(xs[0], op.step, op.support).unsqueeze(-3), None


@kernel(Pool)
def pool(call: Call[Pool], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Pools [T, N, C, *size] over all pixels, or over windows at every `stride`, padded to the size ceil(size / stride)."""
    x, (value,), op = real(xs[0]), call.operands, call.node.op
    axes = len(value.size)
    if op.kind == "global":
        return x.mean(tuple(range(-axes, 0))), None
    flat_x = flat(x, value)
    sizes = flat_x.shape[-axes:]
    kernel, stride, _, _ = windows(op.name, axes, op.kernel, op.stride)
    given = (op.padding,) * axes if isinstance(op.padding, str) else along(op.name, "padding", op.padding, axes)
    around = [p for window in reversed(list(zip(sizes, kernel, stride, given, strict=True))) for p in pads(*window)]
    if op.kind == "max":
        y = MAX[axes](F.pad(flat_x, around, value=-float("inf")), kernel, stride)
    else:
        ones = F.pad(flat_x.new_ones((1, 1, *sizes)), around)
        y = MEAN[axes](F.pad(flat_x, around), kernel, stride) / MEAN[axes](ones, kernel, stride)
    return unflat(y, x, value), None
