"""Which shapes, and values that aren't tensors, depend on numbers of tensors, such as `torch.equal(x, y)`, `x[x > 0].shape`."""

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from typing_extensions import override


class OfNumbers(TorchDispatchMode):
    """While this is open, notes which operations of PyTorch take numbers out of tensors.

    Attributes:
        number: Whether one takes a number out of a tensor.
        shape: Whether one gives a tensor whose shape depends on numbers.
    """

    def __init__(self) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self.number = self.shape = False

    @override
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.number |= torch.Tag.data_dependent_output in func.tags
        if torch.Tag.dynamic_output_shape in func.tags:
            self.shape |= func is not torch.ops.aten.index.Tensor or any(map(_is_mask, args[1]))
        return func(*args, **(kwargs or {}))

    def decides(self, value: Any) -> bool:
        """Whether a result's shape, or a non-tensor result, depends on numbers."""
        return self.shape or (self.number and not isinstance(value, Tensor))


def _is_mask(index: Tensor | None) -> bool:
    return index is not None and index.dtype in (torch.bool, torch.uint8)
