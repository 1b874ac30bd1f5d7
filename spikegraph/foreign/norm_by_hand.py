"""A layer that computes a batch norm by code of its own, as it was found by calling it."""

from dataclasses import dataclass

BY_HAND = "_spikegraph_norm"
"""The attribute of a layer that says what its code computes."""


@dataclass(frozen=True)
class NormByHand:
    """What a layer computes: scale * (x - mean) / sqrt(variance + eps) * weight + bias, over all dimensions but one.

    Attributes:
        dimension: The dimension of the channels.
        scale: The constant factor, such as the threshold of the neurons behind it in tdBN.
        eps: What is added to the variance.
        momentum: The share of a batch in the running statistics.
        tensors: The layer's tensors by the names of a norm's: `running_mean`, `running_var`, and perhaps `weight` and `bias`.
    """

    dimension: int
    scale: float
    eps: float
    momentum: float
    tensors: tuple[tuple[str, str], ...]
