"""Typed wrappers of torch's autograd functions, which torch leaves untyped."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import torch
from torch.autograd.function import once_differentiable

Backward = TypeVar("Backward", bound=Callable[..., Any])


def first_order(backward: Backward) -> Backward:
    """Mark a backward pass as not differentiable itself: training is first order.

    Args:
        backward: The static method of an autograd function.

    Returns:
        The method; differentiating through it raises torch's error.
    """
    return cast("Backward", once_differentiable(backward))


def apply(function: type[torch.autograd.Function], *arguments: Any) -> Any:
    """Runs an autograd function.

    Args:
        function: The function's class.
        arguments: The arguments of its `forward`.

    Returns:
        The result of `forward`, with `backward` recorded.
    """
    return function.apply(*arguments)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
