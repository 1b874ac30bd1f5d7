"""Kernels of resizing, stereo matching and pooling (Che et al., NeurIPS 2022, Eqs. 5 and 13)."""

from collections.abc import Sequence

import torch.nn.functional as F
from jaxtyping import Shaped
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, flat, kernel, over_time, real, unflat
from spikegraph.backends.torch.modules.resize import resize_nearest
from spikegraph.backends.torch.modules.subpixel import mean_disparity, resize_similarity, subpixel_estimate
from spikegraph.backends.torch.modules.volume import cost_volume as feature_volume
from spikegraph.backends.torch.modules.volume import within_both
from spikegraph.ir.ops.pooling import Pool
from spikegraph.ir.ops.resizing import Resize, Upsample, doubled
from spikegraph.ir.ops.stereo import CostVolume, Estimate, Planes
from spikegraph.ir.ops.windows import shrunk


def resized(x: Shaped[Tensor, " first *rest"], size: Sequence[int], mode: str, call: Call) -> Shaped[Tensor, " first *resized"]:
    """Resizes the spatial axes of [T, N, C, *size]: nearest, or bilinear (trilinear for 3 axes)."""
    value = call.operands[0]
    if mode == "nearest":
        return resize_nearest(x, size)
    word = "trilinear" if len(value.size) == 3 else "bilinear"
    return unflat(F.interpolate(flat(x, value), size=tuple(size), mode=word, align_corners=False), x, value)


@kernel("resize")
def resize(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Resizes [T, N, C, *size] to the size in pixels of another value, or to a fraction of it."""
    op, axes = call.node.op, len(call.operands[0].size)
    assert isinstance(op, Resize)
    return resized(xs[0], shrunk(tuple(xs[1].shape[-axes:]), op.down), op.mode, call), None


@kernel("upsample")
def upsample(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Resizes [T, N, C, *size] by a factor."""
    op, axes = call.node.op, len(call.operands[0].size)
    assert isinstance(op, Upsample)
    return resized(xs[0], [doubled(n, op.scale) for n in xs[0].shape[-axes:]], op.mode, call), None


@kernel("cost_volume")
def cost_volume(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Concatenates left and shifted right features [T, N, C, H, W] to [T, N, 2 * C, D, H, W] (Eq. 13)."""
    op = call.node.op
    assert isinstance(op, CostVolume)
    if call.node.value.steps:
        xs = [over_time(x, v, call.steps) for x, v in zip(xs, call.operands, strict=True)]
    volume = feature_volume(xs[0], xs[1], op.planes)
    return (within_both(volume) if op.zero == "both" else volume), None


@kernel("planes")
def planes(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Resizes similarity planes [T, N, 1, D, h, w] to [T, N, D * scale, H, W]."""
    x, value, op = xs[0], call.operands[0], call.node.op
    assert isinstance(op, Planes)
    height, width = xs[1].shape[-2:]
    return unflat(resize_similarity(flat(real(x), value).squeeze(1), (height, width), op.scale), x, value), None


@kernel("estimate")
def estimate(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Similarity planes [T, N, D, H, W] to disparities [T, N, 1, H, W] in pixels (Eq. 5), or the mean of all planes."""
    op = call.node.op
    assert isinstance(op, Estimate)
    if op.support == "all":
        return mean_disparity(xs[0], op.step).unsqueeze(-3), None
    return subpixel_estimate(xs[0], op.step, op.support).unsqueeze(-3), None


@kernel("pool")
def pool(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Pools [T, N, C, *size] over all pixels, or over windows at every `stride`, padded to the size ceil(size / stride)."""
    x, (value,), op = real(xs[0]), call.operands, call.node.op
    assert isinstance(op, Pool)
    axes = len(value.size)
    if op.kind == "global":
        return x.mean(tuple(range(-axes, 0))), None
    flat_x = flat(x, value)
    sizes = flat_x.shape[-axes:]
    pads: list[int] = []
    for n in reversed(sizes):
        missing = max((-(-n // op.stride) - 1) * op.stride + op.kernel - n, 0)
        pads += [missing // 2, missing - missing // 2]
    if op.kind == "max":
        padded = F.pad(flat_x, pads, value=-float("inf"))
        y = (F.max_pool3d if axes == 3 else F.max_pool2d)(padded, op.kernel, op.stride)
    else:
        window = F.avg_pool3d if axes == 3 else F.avg_pool2d
        ones = F.pad(flat_x.new_ones((1, 1, *sizes)), pads)
        y = window(F.pad(flat_x, pads), op.kernel, op.stride) / window(ones, op.kernel, op.stride)
    return unflat(y, x, value), None


@kernel("mean")
def mean(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The mean [N, C, *size] over all time steps of the sequence; the state is their sum and number."""
    x, value = xs[0], call.operands[0]
    if not value.steps:
        return x, None
    total, count = x.sum(0), x.shape[0]
    if state is not None:
        total, count = total + state[0], count + state[1]
    return total / count, (total, count)
