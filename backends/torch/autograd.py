"""Typed wrappers of torch's autograd functions, which torch leaves untyped."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import torch
from torch.autograd.function import once_differentiable

Backward = TypeVar("Backward", bound=Callable[..., Any])


def first_order(backward: Backward) -> Backward:
    """Mark a backward pass as not differentiable itself: training is first order.

    Args:
        backward: the static method of an autograd function.

    Returns:
        The same method; differentiating through it raises torch's error.
    """
    return cast("Backward", once_differentiable(backward))


def apply(function: type[torch.autograd.Function], *arguments: Any) -> Any:
    """Run an autograd function.

    Args:
        function: the function's class.
        arguments: of its `forward`.

    Returns:
        What its `forward` returns, with its `backward` recorded.
    """
    return function.apply(*arguments)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
