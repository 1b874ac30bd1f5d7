"""Weights of one sign: excitatory or inhibitory synapses (Dale's law)."""

from jaxtyping import Float
from torch import Tensor


def signed(weight: Float[Tensor, " *shape"], sign: str) -> Float[Tensor, " *shape"]:
    """The weights [O, C, *window] that a convolution uses: |w| if `sign` is `excitatory`, -|w| if it is `inhibitory`, else w.

    The derivative of the absolute value is the sign, and 0 at 0. So a weight that an optimizer takes across 0 grows again,
    and no projection after a step is needed.
    """
    if sign == "any":
        return weight
    return weight.abs() if sign == "excitatory" else -weight.abs()
