"""The number that a loss must be."""

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.plugins.returned import described, returned_by


def scalar_of(name: str, function: object, result: object) -> Float[Tensor, ""]:
    """What a term of the loss returned, if it is a scalar [] of a floating-point type.

    Args:
        name: The name of the loss or of the penalty.
        function: What computes it.
        result: What this returned.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(result, Tensor) or result.dim() or not result.is_floating_point():
        wrong = f"the loss `{name}` gives {described(result)}, not a single floating-point number"
        raise returned_by(function, TypeError(wrong))
    return result


def number_of(name: str, function: object, result: object, value: Tensor) -> Float[Tensor, ""]:
    """What the function of a loss returned, if a network can be trained with it: a scalar [].

    Args:
        name: The name of the loss.
        function: Its function.
        result: What this returned.
        value: The value [...] that the loss is computed from.

    Raises:
        TypeError: It is no scalar of a floating-point type.
        ValueError: It has no gradient, though the value has one.
    """
    result = scalar_of(name, function, result)
    if torch.is_grad_enabled() and value.requires_grad and not result.requires_grad:
        raise returned_by(
            function, ValueError(f"the loss `{name}` gives a number without a gradient, so nothing can be trained")
        )
    return result
