"""The cost volume of stereo matching (Che et al., NeurIPS 2022, Eq. 13)."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.memory import sum_type
from spikegraph.backends.torch.operators import operator


def _forward(left: Tensor, right: Tensor, planes: int) -> Tensor:
    """Fills one buffer; the backward pass needs no saved tensor."""
    *batch, channels, height, width = left.shape
    # Channels last in memory, as the following convolution needs them.
    volume = left.new_empty(*batch, planes, height, width, 2 * channels).movedim(-1, -4)
    volume[..., :channels, :, :, :] = left.unsqueeze(-3)
    shifted = volume[..., channels:, :, :, :]
    for d in range(planes):
        inside = max(width - d, 0)
        shifted[..., d, :, width - inside :] = right[..., :inside]
        shifted[..., d, :, : width - inside] = 0
    return volume


def _backward(ctx: Any, grad: Tensor) -> Any:
    channels, planes, width = grad.shape[-4] // 2, grad.shape[-3], grad.shape[-1]
    grad_left = grad[..., :channels, :, :, :].sum(-3) if ctx.needs_input_grad[0] else None
    grad_right = None
    if ctx.needs_input_grad[1]:
        shifted = grad[..., channels:, :, :, :]
        total = shifted[..., 0, :, :].to(sum_type(grad), copy=True)
        for d in range(1, min(planes, width)):
            total[..., : width - d] += shifted[..., d, :, d:]
        grad_right = total.to(grad.dtype)
    return grad_left, grad_right, None


_cost_volume = operator("cost_volume(Tensor left, Tensor right, int planes) -> Tensor", _forward, backward=_backward)


def cost_volume(
    left: Float[Tensor, "*batch C H W"], right: Float[Tensor, "*batch C H W"], planes: int
) -> Float[Tensor, "*batch 2*C {planes} H W"]:
    """Concatenates left features and right features shifted by 0 .. planes - 1 pixels (Eq. 13).

    volume[c, d, y, x] = left[c, y, x] for c < C, and right[c - C, y, x - d] for c >= C (0 where x < d, outside the
    frame). Binary features give a binary volume.

    Args:
        left: Features of the left view, [..., C, H, W], such as [T, N, C, H, W].
        right: Features of the right view, of the same shape and type.
        planes: Number D of shifts, from 0 to D - 1 feature pixels.

    Returns:
        The volume, [..., 2 * C, D, H, W].

    Raises:
        ValueError: The views differ in shape or type, have fewer than three axes, or there is no plane.
    """
    if left.shape != right.shape or left.dtype != right.dtype:
        raise ValueError(f"the views differ: {left.dtype} {list(left.shape)} and {right.dtype} {list(right.shape)}")
    if left.dim() < 3:
        raise ValueError(f"features must be [..., C, H, W], not {list(left.shape)}")
    if planes < 1:
        raise ValueError(f"a volume needs at least one plane, not {planes}")
    return _cost_volume(left, right, planes)


def within_both(volume: Float[Tensor, "*batch C2 D H W"]) -> Float[Tensor, "*batch C2 D H W"]:
    """Sets the left features of a cost volume [..., 2 * C, D, H, W] to 0 where x < d, outside of the shifted right view."""
    planes, width = volume.shape[-3], volume.shape[-1]
    columns, shifts = torch.arange(width, device=volume.device), torch.arange(planes, device=volume.device)
    return volume * (columns >= shifts[:, None]).to(volume.dtype)[:, None]
