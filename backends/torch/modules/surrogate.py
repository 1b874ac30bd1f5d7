"""Surrogate gradients on tensors (paper, Eqs. 14-17 and section 3.1).

The formulas are documented in `spikegraph.ir.surrogates`; here they are computed, under the same names.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Gradient = Callable[[Tensor, float | Tensor], Tensor]
"""(x, b) -> dy/du of the shape of x, with x = u - threshold. x is the function's own and may be overwritten."""


def _dspike(x: Tensor, b: float | Tensor) -> Tensor:
    scale = b / (2 * (torch.tanh(b / 2) if isinstance(b, Tensor) else math.tanh(b / 2)))
    slope = (x * b).tanh_().square_().mul_(-scale).add_(scale)
    # Multiplied by a mask of numbers: filling under a mask of booleans takes many times as long on a CPU.
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


GRADIENTS: dict[str, Gradient] = {
    "dspike": _dspike,
    "triangle": _triangle,
    "superspike": _superspike,
    "arctan": _arctan,
    "rectangular": _rectangular,
    "exponential": _exponential,
}
"""The function of every surrogate that this backend can train with, by its name."""


def register_gradient(name: str, function: Gradient) -> None:
    """Give this backend the function of a surrogate that was registered with `register_surrogate`.

    Args:
        name: the surrogate's name.
        function: (x, b) -> dy/du with x = u - threshold; it may overwrite x.

    Raises:
        ValueError: the name has a function already.
    """
    if name in GRADIENTS:
        raise ValueError(f"the surrogate {name!r} has a gradient already")
    GRADIENTS[name] = function


@torch.no_grad()
def gradient(surrogate_name: str, u: Tensor, threshold: float, b: float | Tensor) -> Tensor:
    """The surrogate derivative dy/du of a spike y = [u > threshold].

    Not differentiable itself: training is first order.

    Args:
        surrogate_name: a key of `GRADIENTS`.
        u: membrane potentials, any shape.
        threshold: the neuron's threshold, on which the surrogate is centred.
        b: the surrogate's parameter, positive; a tensor broadcasts against u (N candidates of one layer at once).

    Returns:
        dy/du, of the shape of u (broadcast with b).

    Raises:
        ValueError: no surrogate of this backend has that name.
    """
    function = GRADIENTS.get(surrogate_name)
    if function is None:
        known = ", ".join(sorted(GRADIENTS))
        raise ValueError(f"no surrogate gradient is called {surrogate_name!r}; there are {known}")
    return function(u - threshold, b)
