"""Folds a batch norm into the convolution before it (Che et al., NeurIPS 2022, section 3.2.2)."""

import torch
from jaxtyping import Float
from torch import Tensor

Weight = Float[Tensor, "out in *kernel"]
Channels = Float[Tensor, " out"]


def fold_norm(
    weight: Weight, bias: Channels | None, gamma: Channels, beta: Channels, mean: Channels, var: Channels, eps: float = 1e-5
) -> tuple[Weight, Channels]:
    """Weight and bias of a convolution that equals a convolution followed by a batch norm in evaluation mode.

    s = gamma / sqrt(var + eps);  weight' = s * weight;  bias' = s * (bias - mean) + beta. This is exact up to rounding.

    Args:
        weight: The convolution's weight, [out, in, *kernel].
        bias: The convolution's bias, [out], or None for 0.
        gamma: The norm's scale, [out].
        beta: The norm's shift, [out].
        mean: The norm's running mean, [out].
        var: The norm's running variance, [out].
        eps: The constant that the norm adds to the variance.

    Returns:
        (weight', bias') with shapes [out, in, *kernel] and [out].

    Raises:
        ValueError: The norm and the convolution have different numbers of channels.
    """
    channels = weight.shape[:1]
    for name, values in (("bias", bias), ("gamma", gamma), ("beta", beta), ("mean", mean), ("var", var)):
        if values is not None and values.shape != channels:
            raise ValueError(f"{name} has shape {list(values.shape)}, but the convolution has {channels[0]} output channels")
    scale = gamma / torch.sqrt(var + eps)
    centred = -mean if bias is None else bias - mean
    return weight * scale.view(-1, *[1] * (weight.dim() - 1)), centred * scale + beta
