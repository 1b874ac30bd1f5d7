"""Batch norm folded into the convolution before it (paper, 3.2.2)."""

import torch
from torch import Tensor


def fold_norm(
    weight: Tensor,
    bias: Tensor | None,
    gamma: Tensor,
    beta: Tensor,
    mean: Tensor,
    var: Tensor,
    eps: float = 1e-5,
) -> tuple[Tensor, Tensor]:
    """Weight and bias of the one convolution that does what a convolution and its evaluated batch norm do.

    s = gamma / sqrt(var + eps);  weight' = s * weight;  bias' = s * (bias - mean) + beta. Exact up to rounding.

    Args:
        weight: of the convolution, [out, in, *kernel].
        bias: of the convolution, [out], or None for 0.
        gamma: the norm's scale, [out].
        beta: the norm's shift, [out].
        mean: the norm's running mean, [out].
        var: the norm's running variance, [out].
        eps: what the norm adds to the variance.

    Returns:
        (weight', bias'), of the shapes [out, in, *kernel] and [out].

    Raises:
        ValueError: the norm has another number of channels than the convolution.
    """
    channels = weight.shape[:1]
    for name, values in (("bias", bias), ("gamma", gamma), ("beta", beta), ("mean", mean), ("var", var)):
        if values is not None and values.shape != channels:
            raise ValueError(f"{name} has shape {list(values.shape)}, the convolution has {channels[0]} channels out")
    scale = gamma / torch.sqrt(var + eps)
    centred = -mean if bias is None else bias - mean
    return weight * scale.view(-1, *[1] * (weight.dim() - 1)), centred * scale + beta
