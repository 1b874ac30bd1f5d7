"""Calls of other people's code in float64, also where it asks for float32."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from typing_extensions import override

from spikegraph.foreign.errors import ForeignError

_DROPOUTS: set[Any] = {F.dropout, F.dropout1d, F.dropout2d, F.dropout3d}


class _Exact(TorchFunctionMode):
    """Makes float64 of what a library makes float32, such as the spikes of snnTorch, and drops nothing in training."""

    def __init__(self, *, evaluates: bool) -> None:
        super().__init__()
        self.evaluates = evaluates

    @override
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is Tensor.float:
            return Tensor.double(*args)
        if func in _DROPOUTS:
            if self.evaluates and _drops(*args, **(kwargs or {})):
                raise ForeignError(
                    f"the module drops numbers in evaluation too, by {func.__name__}",
                    "give it training=self.training, or use nn.Dropout",
                )
            return args[0]
        if func is F.hardsigmoid:  # whose gradient has 1 / 6 in float32
            return F.relu6(args[0] + 3) / 6
        if func is Tensor.bernoulli_:  # as the kernel of `dropout` draws its mask
            return args[0].fill_(args[1])
        given = dict(kwargs or {})
        if given.get("dtype") is torch.float32:  # such as that of the example, when the code was followed
            given["dtype"] = torch.float64
        return func(*args, **given)


def _drops(_: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> bool:
    """Whether a call of dropout drops something; the arguments are those of `torch.nn.functional.dropout`."""
    return training and p > 0


@contextmanager
def exact(*, evaluates: bool = False) -> Generator[None]:
    """While this is open, tensors that code makes are float64, and dropout drops nothing.

    Args:
        evaluates: Code is in evaluation mode, in which nothing may be dropped.

    Raises:
        ForeignError: It drops something in evaluation.
    """
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with _Exact(evaluates=evaluates):
            yield
    finally:
        torch.set_default_dtype(before)
