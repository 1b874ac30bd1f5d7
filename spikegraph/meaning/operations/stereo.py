"""Stereo matching and stacks of frames (Che et al., NeurIPS 2022, Eqs. 5 and 13; Tulyakov et al., ICCV 2019, Eq. 1)."""

import numpy as np

from spikegraph.ir.ops.frames import FrameTimes, WeighFrames
from spikegraph.ir.ops.stereo import CostVolume, Estimate, Planes
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.operations.resizing import resized
from spikegraph.meaning.operations.supernets import softmax
from spikegraph.meaning.references import reference


@reference(CostVolume)
def cost_volume(call: Call[CostVolume], left: Array, right: Array) -> Array:
    """Plane d: left features, and right features shifted by d pixels to the right, 0 where there are none (Eq. 13)."""
    steps = max(left.shape[0], right.shape[0])
    left, right = (np.broadcast_to(x, (steps, *x.shape[1:])) for x in (left, right))
    planes: list[Array] = []
    for d in range(call.op.planes):
        shifted, own = np.zeros_like(right), left.copy()
        shifted[..., d:] = right[..., : max(right.shape[-1] - d, 0)]
        if call.op.zero == "both":
            own[..., :d] = 0
        planes.append(np.concatenate([own, shifted], axis=2))
    return np.stack(planes, axis=3)


@reference(Planes)
def planes(call: Call[Planes], similarity: Array, like: Array) -> Array:
    """The planes at the size of `like`, bilinear; with a scale there are so many more, linear between them."""
    depth = similarity.shape[3] * call.op.scale
    return resized(similarity, (depth, *like.shape[3:]), "bilinear")[:, :, 0]


@reference(Estimate)
def estimate(call: Call[Estimate], x: Array) -> Array:
    """Eq. 5: the mean of step * d over the best plane and `support` planes on each side of it, weighted by their softmax."""
    step, support = call.op.step, call.op.support
    d: Array = np.arange(float(x.shape[2])).reshape(-1, 1, 1)
    if support != "all":
        best = x.argmax(axis=2)[:, :, None]
        x = np.where(np.abs(d - best) <= support, x, -np.inf)
    return np.sum(softmax(x, axis=2) * step * d, axis=2, keepdims=True)


@reference(FrameTimes)
def frame_times(call: Call, x: Array) -> Array:
    """t[f] = f / F - 1 for each of F frames, as positions."""
    frames = x.shape[2]
    times: Array = np.arange(float(frames)) / frames - 1
    return np.broadcast_to(times, (1, x.shape[1], 1, frames))


@reference(WeighFrames)
def weigh_frames(call: Call, x: Array, weights: Array) -> Array:
    """y[c] = shift[c] + sum over f of weights[c, f] * x[f] / n; n is the number of frames that aren't 0, at least 1."""
    n = np.maximum((x != 0).sum(axis=2, keepdims=True), 1)
    steps = max(x.shape[0], weights.shape[0])
    x, weights = (np.broadcast_to(v, (steps, *v.shape[1:])) for v in (x, weights))
    shift = call.tensor("shift").reshape(-1, *(1 for _ in range(x.ndim - 3)))
    return shift + np.einsum("tncf,tnf...->tnc...", weights, x) / n
