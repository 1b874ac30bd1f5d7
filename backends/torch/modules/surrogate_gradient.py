"""Surrogate gradients on tensors (Che et al., NeurIPS 2022, Eqs. 14-17 and section 3.1).

The formulas are documented in `spikegraph.ir.surrogates` under the same names.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.registry import Registry

Gradient = Callable[[Tensor, float | Tensor], Tensor]
"""(x, b) -> dy/du with the shape of x, where x = u - threshold. The function may overwrite x."""


def _dspike(x: Tensor, b: float | Tensor) -> Tensor:
    scale = b / (2 * (torch.tanh(b / 2) if isinstance(b, Tensor) else math.tanh(b / 2)))
    slope = (x * b).tanh_().square_().mul_(-scale).add_(scale)
    # Multiplying by a numeric mask is many times faster on a CPU than filling with a boolean mask.
    return slope.mul_(torch.le(x.abs_(), 0.5, out=x))


def _triangle(x: Tensor, b: float | Tensor) -> Tensor:
    return x.abs_().neg_().add_(1.0).clamp_(min=0.0) * b


def _superspike(x: Tensor, b: float | Tensor) -> Tensor:
    return (x.abs_() * b).add_(1.0).square_().reciprocal_()


def _arctan(x: Tensor, b: float | Tensor) -> Tensor:
    return x.mul_(math.pi).square_().add_(1.0).reciprocal_() * (b / 3)


def _rectangular(x: Tensor, b: float | Tensor) -> Tensor:
    return (x.abs_() * b <= 0.5).to(x.dtype) * b


def _exponential(x: Tensor, b: float | Tensor) -> Tensor:
    return (x.abs_() * -b).exp_() * (b / 2)


GRADIENTS: Registry[Gradient] = Registry(
    "gradient of the surrogate",
    "spikegraph.kernels",
    {
        "dspike": _dspike,
        "triangle": _triangle,
        "superspike": _superspike,
        "arctan": _arctan,
        "rectangular": _rectangular,
        "exponential": _exponential,
    },
)
"""The functions of all surrogates that this backend supports, by the surrogate's name."""


def register_gradient(name: str, function: Gradient, *, replace: bool = False) -> None:
    """Registers the derivative of a surrogate that was registered with `register_surrogate`.

    Args:
        name: The surrogate's name.
        function: (x, b) -> dy/du with x = u - threshold; it may overwrite x.
        replace: Replace the function that the surrogate has.

    Raises:
        RegistrationError: The surrogate already has a function, and `replace` is false.
    """
    GRADIENTS.register(name, function, replace=replace)


@torch.no_grad()
def gradient(
    surrogate_name: str, u: Float[Tensor, "..."], threshold: float, b: float | Float[Tensor, "..."]
) -> Float[Tensor, "..."]:
    """The surrogate derivative dy/du of a spike y = [u > threshold].

    The result isn't differentiable: training is first order.

    Args:
        surrogate_name: The surrogate's name, a key of `GRADIENTS`.
        u: Membrane potentials, dimensionless, of any shape [...].
        threshold: The neuron's threshold, at which the surrogate is centred.
        b: The surrogate's positive parameter; a tensor is broadcast against u (for N candidates of one layer at once).

    Returns:
        dy/du, [...]: the shape of u, broadcast with b.

    Raises:
        ValueError: The surrogate is unknown.
    """
    function = GRADIENTS.get(surrogate_name)
    if function is None:
        known = ", ".join(sorted(GRADIENTS))
        raise ValueError(f"unknown surrogate gradient {surrogate_name!r}; known are {known}")
    return function(u - threshold, b)
