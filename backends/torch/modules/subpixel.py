"""From similarity planes to disparity: the subpixel estimator and its loss (Che et al., NeurIPS 2022, Eqs. 5 and 6).

Plane d is the similarity at disparity `step * d`, in pixels of the full-size image; higher is better.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Shaped
from torch import Tensor


def resize_similarity(
    similarity: Float[Tensor, "*batch D h w"], size: tuple[int, int], scale: int = 1
) -> Float[Tensor, "*batch D_scaled H W"]:
    """Resizes similarity planes bilinearly, or with a scale trilinearly (`align_corners=False`).

    Args:
        similarity: [..., D, h, w] with at least one axis before D, such as [N, D, h, w] or [T, N, D, h, w].
        size: The new size (H, W).
        scale: How many planes each plane becomes.

    Returns:
        [..., D * scale, H, W].

    Raises:
        ValueError: `similarity` has fewer than three axes.
    """
    _check_planes(similarity)
    planes = similarity.reshape(-1, *similarity.shape[-3:])
    if scale == 1:
        resized = F.interpolate(planes, size=size, mode="bilinear", align_corners=False)
    else:
        full = (planes.shape[1] * scale, *size)
        resized = F.interpolate(planes.unsqueeze(1), size=full, mode="trilinear", align_corners=False).squeeze(1)
    return resized.reshape(*similarity.shape[:-3], -1, *size)


def subpixel_estimate(
    similarity: Float[Tensor, "*batch D H W"], step: int = 2, support: int = 2
) -> Float[Tensor, "*batch H W"]:
    """Disparity as the softmax-weighted mean of the planes around the best one (Eq. 5).

    best = argmax_d C[d];  disparity = sum over |d - best| <= support of step * d * softmax(C)[d], with the softmax
    over those planes only. At the first and last planes the window is truncated.

    Args:
        similarity: C, [..., D, H, W].
        step: Disparity between two planes, in pixels.
        support: Number of planes on each side of the best one.

    Returns:
        Disparities in pixels, [..., H, W]; differentiable in C.

    Raises:
        ValueError: `similarity` has fewer than three axes, or the support is negative.
    """
    _check_planes(similarity)
    if support < 0:
        raise ValueError(f"the support must be a number of planes, not {support}")
    similarity = full_precision(similarity)
    count = similarity.shape[-3]
    best = _best_plane(similarity.detach())
    offsets = torch.arange(-support, support + 1, device=similarity.device).view(-1, 1, 1)
    planes = best + offsets
    inside = (planes >= 0) & (planes < count)
    window = similarity.gather(-3, planes.clamp(0, count - 1)).masked_fill(~inside, -torch.inf)
    return (torch.softmax(window, -3) * planes).sum(-3) * step


def mean_disparity(similarity: Float[Tensor, "*batch D H W"], step: int = 1) -> Float[Tensor, "*batch H W"]:
    """Disparity as the mean over all planes, weighted by their softmax (Kendall et al., ICCV 2017, section 3.4).

    Args:
        similarity: C, [..., D, H, W].
        step: Disparity between two planes, in pixels.

    Returns:
        Disparities in pixels, [..., H, W].

    Raises:
        ValueError: `similarity` has fewer than three axes.
    """
    _check_planes(similarity)
    similarity = full_precision(similarity)
    disparities = step * torch.arange(similarity.shape[-3], device=similarity.device, dtype=similarity.dtype)
    return (torch.softmax(similarity, -3) * disparities.view(-1, 1, 1)).sum(-3)


def _best_plane(similarity: Tensor) -> Tensor:
    """The first plane with the highest similarity, [..., 1, H, W]; this loop is several times faster than `argmax`."""
    highest = similarity[..., :1, :, :]
    best = torch.zeros_like(highest, dtype=torch.long)
    for d in range(1, similarity.shape[-3]):
        plane = similarity[..., d : d + 1, :, :]
        best = torch.where(plane > highest, d, best)
        highest = torch.maximum(highest, plane)
    return best


def subpixel_cross_entropy(
    similarity: Float[Tensor, "*batch D H W"], truth: Float[Tensor, "*batch H W"], diversity: float = 2.0, step: int = 2
) -> Float[Tensor, ""]:
    """Cross entropy between a discretised Laplace distribution around the truth and the planes (Eq. 6).

    The negative mean over valid pixels of sum_d p[d] * log softmax_d(C), where p[d] is proportional to
    exp(-|step * d - truth| / diversity) and normalised over d.

    Args:
        similarity: C, [..., D, H, W].
        truth: Disparities in pixels, [..., H, W]; not finite where invalid.
        diversity: The Laplace distribution's scale b in pixels, positive.
        step: Disparity between two planes, in pixels.

    Returns:
        A scalar [], in nats. Without valid pixels, the loss and its gradient are 0.

    Raises:
        ValueError: The shapes don't fit, or the diversity isn't positive.
    """
    _check_planes(similarity)
    if truth.shape != (*similarity.shape[:-3], *similarity.shape[-2:]):
        raise ValueError(f"similarity {list(similarity.shape)} doesn't fit truth {list(truth.shape)}")
    if not diversity > 0:
        raise ValueError(f"the diversity must be positive, not {diversity}")
    similarity = full_precision(similarity)
    valid = truth.isfinite()
    centre = truth.masked_fill(~valid, 0.0).unsqueeze(-3).to(similarity.dtype)
    disparities = step * torch.arange(similarity.shape[-3], device=similarity.device, dtype=similarity.dtype)
    # The softmax normalises over d and stays finite if the truth is far from every plane.
    target = torch.softmax((disparities.view(-1, 1, 1) - centre).abs() / -diversity, -3)
    entropy = -(target * F.log_softmax(similarity, -3)).sum(-3)
    return entropy.masked_fill(~valid, 0.0).sum() / valid.sum().clamp(min=1)


def _check_planes(similarity: Tensor) -> None:
    if similarity.dim() < 3:
        raise ValueError(f"similarity must be [..., D, H, W], not {list(similarity.shape)}")


def full_precision(x: Shaped[Tensor, "..."]) -> Shaped[Tensor, "..."]:
    """Numbers [...] in half precision as float32: it can't resolve subpixel disparities from 64 pixels on, nor small losses."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
