"""Calls of other people's code in float64, also where it asks for float32."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from typing_extensions import override

_DROPOUTS: set[Any] = {F.dropout, F.dropout1d, F.dropout2d, F.dropout3d}


class _Exact(TorchFunctionMode):
    """Makes float64 of what a library makes float32, such as the spikes of snnTorch, and drops nothing in training."""

    @override
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is Tensor.float:
            return Tensor.double(*args)
        if func in _DROPOUTS:
            return args[0]
        if func is F.hardsigmoid:  # whose gradient has 1 / 6 in float32
            return F.relu6(args[0] + 3) / 6
        if func is Tensor.bernoulli_:  # as the kernel of `dropout` draws its mask
            return args[0].fill_(args[1])
        given = dict(kwargs or {})
        if given.get("dtype") is torch.float32:  # such as that of the example, when the code was followed
            given["dtype"] = torch.float64
        return func(*args, **given)


@contextmanager
def exact() -> Generator[None]:
    """While this is open, tensors that code makes are float64, and dropout drops nothing."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with _Exact():
            yield
    finally:
        torch.set_default_dtype(before)
