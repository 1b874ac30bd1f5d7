"""From similarity planes to disparity: the subpixel estimator and its loss (paper, Eqs. 5 and 6).

Plane d stands for the disparity `step * d`, in pixels of the full-size image; a higher similarity is a better match.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def resize_similarity(similarity: Tensor, size: tuple[int, int]) -> Tensor:
    """Similarity planes at another size, bilinear within each plane, with corners not aligned.

    Args:
        similarity: [..., D, h, w] with at least one axis before D, such as [N, D, h, w] or [T, N, D, h, w].
        size: (H, W).

    Returns:
        [..., D, H, W].

    Raises:
        ValueError: fewer than three axes.
    """
    _check_planes(similarity)
    planes = similarity.reshape(-1, *similarity.shape[-3:])
    resized = F.interpolate(planes, size=size, mode="bilinear", align_corners=False)
    return resized.reshape(*similarity.shape[:-2], *size)


def subpixel_estimate(similarity: Tensor, step: int = 2, support: int = 2) -> Tensor:
    """Disparity as the softmax-weighted mean of the planes around the best one (paper, Eq. 5).

    best = argmax_d C[d];  disparity = sum over |d - best| <= support of step * d * softmax(C)[d], the softmax over
    those planes only. At the first and last planes the window is cut off, not moved.

    Args:
        similarity: C, [..., D, H, W].
        step: disparity between two planes, in pixels.
        support: planes on each side of the best one.

    Returns:
        Disparities in pixels, [..., H, W], differentiable in C.

    Raises:
        ValueError: fewer than three axes, or a negative support.
    """
    _check_planes(similarity)
    if support < 0:
        raise ValueError(f"the support is a number of planes, not {support}")
    similarity = _full_precision(similarity)
    count = similarity.shape[-3]
    best = _best_plane(similarity.detach())
    offsets = torch.arange(-support, support + 1, device=similarity.device).view(-1, 1, 1)
    planes = best + offsets
    inside = (planes >= 0) & (planes < count)
    window = similarity.gather(-3, planes.clamp(0, count - 1)).masked_fill(~inside, -torch.inf)
    return (torch.softmax(window, -3) * planes).sum(-3) * step


def _best_plane(similarity: Tensor) -> Tensor:
    """The first plane of the highest similarity, [..., 1, H, W]; plane by plane, which is several times as fast as `argmax`."""
    highest = similarity[..., :1, :, :]
    best = torch.zeros_like(highest, dtype=torch.long)
    for d in range(1, similarity.shape[-3]):
        plane = similarity[..., d : d + 1, :, :]
        best = torch.where(plane > highest, d, best)
        highest = torch.maximum(highest, plane)
    return best


def subpixel_cross_entropy(similarity: Tensor, truth: Tensor, diversity: float = 2.0, step: int = 2) -> Tensor:
    """Cross entropy between a discretised Laplace distribution around the truth and the planes (paper, Eq. 6).

    -mean over valid pixels of sum_d p[d] * log softmax_d(C), with p[d] proportional to
    exp(-|step * d - truth| / diversity) and normalised over d.

    Args:
        similarity: C, [..., D, H, W].
        truth: disparities in pixels, [..., H, W]; not finite where there is none.
        diversity: the Laplace distribution's scale b, in pixels, positive.
        step: disparity between two planes, in pixels.

    Returns:
        A scalar. Without a valid pixel it is 0, and so is its gradient.

    Raises:
        ValueError: shapes that don't fit, or a diversity that is not positive.
    """
    _check_planes(similarity)
    if truth.shape != (*similarity.shape[:-3], *similarity.shape[-2:]):
        raise ValueError(f"similarity {list(similarity.shape)} does not fit truth {list(truth.shape)}")
    if not diversity > 0:
        raise ValueError(f"the diversity of a Laplace distribution is positive, not {diversity}")
    similarity = _full_precision(similarity)
    valid = truth.isfinite()
    centre = truth.masked_fill(~valid, 0.0).unsqueeze(-3).to(similarity.dtype)
    disparities = step * torch.arange(similarity.shape[-3], device=similarity.device, dtype=similarity.dtype)
    # The softmax normalises over d and stays finite for a truth far from every plane.
    target = torch.softmax((disparities.view(-1, 1, 1) - centre).abs() / -diversity, -3)
    entropy = -(target * F.log_softmax(similarity, -3)).sum(-3)
    return entropy.masked_fill(~valid, 0.0).sum() / valid.sum().clamp(min=1)


def _check_planes(similarity: Tensor) -> None:
    if similarity.dim() < 3:
        raise ValueError(f"similarity is [..., D, H, W], this is {list(similarity.shape)}")


def _full_precision(similarity: Tensor) -> Tensor:
    """Half precision can't tell disparities of 64 pixels and more apart, so these sums are kept in full."""
    return similarity.float() if similarity.dtype in (torch.float16, torch.bfloat16) else similarity
