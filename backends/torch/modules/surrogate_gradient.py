"""Surrogate gradients on tensors (Che et al., NeurIPS 2022, Eqs. 14-17 and section 3.1).

The formulas are documented in `spikegraph.ir.surrogates` under the same names.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.ir.surrogates import SURROGATES
from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.registry import Registry
from spikegraph.plugins.returned import described, returned_by

Gradient = Callable[[Tensor, float | Tensor], Tensor]
"""(x, b) -> dy/du with the shape of x, where x = u - threshold. The function may overwrite x."""

ByB = Callable[[Tensor, Tensor], Tensor]
"""(x, b) -> the derivative by b of the smoothed spike, broadcast."""


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


def _open_rectangular(x: Tensor, b: float | Tensor) -> Tensor:
    return (x.abs_() * b < 0.5).to(x.dtype) * b


def _exponential(x: Tensor, b: float | Tensor) -> Tensor:
    return (x.abs_() * -b).exp_() * (b / 2)


def _sigmoid(x: Tensor, b: float | Tensor) -> Tensor:
    s = (x * b).sigmoid_()
    return s * (1 - s) * b


def _cauchy(x: Tensor, b: float | Tensor) -> Tensor:
    return (x * b).mul_(math.pi / 2).square_().add_(1.0).reciprocal_() * (b / 2)


def _softsign(x: Tensor, b: float | Tensor) -> Tensor:
    return _superspike(x, b) * (b / 2)


def _gaussian(x: Tensor, b: float | Tensor) -> Tensor:
    return (x * b).square_().neg_().exp_() * (b / math.sqrt(math.pi))


def _hat(x: Tensor, b: float | Tensor) -> Tensor:
    return (x.abs_() * -b).add_(1.0).clamp_(min=0.0) * b


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
        "sigmoid": _sigmoid,
        "cauchy": _cauchy,
        "softsign": _softsign,
        "gaussian": _gaussian,
        "hat": _hat,
        "open_rectangular": _open_rectangular,
    },
    kind=FUNCTION,
)
"""The functions of all surrogates that this backend supports, by the surrogate's name."""


def _dspike_by_b(x: Tensor, b: Tensor) -> Tensor:
    half, at = torch.tanh(b / 2), torch.tanh(b * x)
    found = x * (1 - at.square()) / (2 * half) - at * (1 - half.square()) / (4 * half.square())
    return found * (x.abs() <= 0.5)


def _triangle_by_b(x: Tensor, b: Tensor) -> Tensor:
    inside = x.clamp(-1, 1)
    return inside * (1 - inside.abs() / 2) * torch.ones_like(b)


BY_B: Registry[ByB] = Registry(
    "gradient by b of the surrogate",
    "spikegraph.kernels",
    {
        "dspike": _dspike_by_b,
        "triangle": _triangle_by_b,
        "superspike": lambda x, b: -x * x.abs() / (b * x.abs() + 1).square(),
        "arctan": lambda x, b: torch.atan(x * math.pi) / (3 * math.pi) * torch.ones_like(b),
        "rectangular": lambda x, b: x * (x.abs() * b <= 0.5),
        "exponential": lambda x, b: x / 2 * torch.exp(-b * x.abs()),
        "sigmoid": lambda x, b: x * torch.sigmoid(b * x) * torch.sigmoid(-b * x),
        "cauchy": lambda x, b: x / 2 / (1 + (math.pi / 2 * b * x).square()),
        "softsign": lambda x, b: x / 2 / (1 + b * x.abs()).square(),
        "gaussian": lambda x, b: x / math.sqrt(math.pi) * torch.exp(-(b * x).square()),
        "hat": lambda x, b: x * (1 - b * x.abs()).clamp(min=0),
        "open_rectangular": lambda x, b: x * (x.abs() * b < 0.5),
    },
    kind=FUNCTION,
)
"""The derivatives by b of the smoothed spikes, which are the integrals of the surrogates, by the surrogate's name."""


def register_gradient(name: str, function: Gradient, *, by_b: ByB | None = None, replace: bool = False) -> None:
    """Registers the derivative of a surrogate that was registered with `register_surrogate`.

    Args:
        name: The surrogate's name.
        function: (x, b) -> dy/du with x = u - threshold; it may overwrite x.
        by_b: (x, b) -> the derivative by b of the smoothed spike, for a surrogate whose b can be learned.
        replace: Replace the function that the surrogate has.

    Raises:
        RegistrationError: The surrogate already has a function, and `replace` is false.
    """
    GRADIENTS.register(name, function, replace=replace)
    if by_b is not None:
        BY_B.register(name, by_b, replace=replace)


def gradient_of(surrogate_name: str) -> Gradient:
    """The function of a surrogate.

    Raises:
        ValueError: It is unknown, or has none.
    """
    function = GRADIENTS.get(surrogate_name)
    if function is not None:
        return function
    if surrogate_name in SURROGATES:
        wrong = f"the surrogate `{surrogate_name}` has no gradient for PyTorch; `register_gradient` gives it one"
        raise returned_by(SURROGATES[surrogate_name].derivative, ValueError(wrong))
    raise ValueError(f"unknown surrogate gradient {surrogate_name!r}; known are {', '.join(sorted(GRADIENTS))}")


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
        ValueError: The surrogate is unknown, or the function of a plug-in gives something of another shape.
    """
    function = gradient_of(surrogate_name)
    return _of_shape(function(u - threshold, b), u, b, function, f"the gradient of the surrogate `{surrogate_name}`")


def gradient_by_b(surrogate_name: str, x: Float[Tensor, "..."], b: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """The derivative by b of a smoothed spike, [...]: the shape of x, broadcast with b.

    Raises:
        ValueError: The surrogate has none, or the function of a plug-in gives something of another shape.
    """
    function, what = BY_B.get(surrogate_name), f"the gradient by b of the surrogate `{surrogate_name}`"
    if function is None:
        wrong = f"the surrogate `{surrogate_name}` has no gradient by b for PyTorch; `register_gradient` takes one as `by_b`"
        raise returned_by(gradient_of(surrogate_name), ValueError(wrong))
    return _of_shape(function(x, b), x, b, function, what)


def _of_shape(found: object, x: Tensor, b: float | Tensor, function: object, what: str) -> Tensor:
    shape: list[int] = list(torch.broadcast_shapes(x.shape, b.shape) if isinstance(b, Tensor) else x.shape)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    if not isinstance(found, Tensor) or list(found.shape) != shape:
        raise returned_by(function, ValueError(f"{what} is {described(found)} for potentials {shape}"))
    return found
