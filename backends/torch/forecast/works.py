"""Products that a step computes, as values: which operation of torch, with tensors of which shapes."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry


@dataclass(frozen=True)
class Shaped:
    """A tensor without its values.

    Attributes:
        shape: Its shape.
        stride: Its strides, in values.
        dtype: The type of its values.
    """

    shape: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: torch.dtype


@dataclass(frozen=True)
class Work:
    """A call that multiplies and adds.

    Attributes:
        function: The operation.
        arguments: Its arguments, where tensors are `Shaped`; lists are tuples.
        flops: Multiplications and additions.
        moved: Bytes of its operands and results.
        workspace: Bytes that it needs beside them while it runs.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    flops: int
    moved: int
    workspace: int = 0

    @property
    def bf16(self) -> bool:
        """Whether it computes in bfloat16."""
        return any(x.dtype == torch.bfloat16 for x in tree_leaves(self.arguments) if isinstance(x, Shaped))

    @property
    def convolves(self) -> bool:
        """Whether it is a convolution, or a gradient of one; else it is a product of matrices."""
        return "conv" in str(self.function)

    @property
    def samples(self) -> int:
        """How many of its tensors, the first ones, begin with the batch's axis: operands of a convolution, not its weights."""
        return 0 if not self.convolves else 2 if "backward" in str(self.function) else 1


def work_of(function: Any, args: Sequence[Any], named: Mapping[str, Any], result: Any) -> Work | None:
    """The work of a call; None if it multiplies no matrices and convolves nothing."""
    flops = _flops(function, args, named, result)
    if flops is None:
        return None
    return Work(function, _hashable((*args, *named.values())), flops, moved((args, named), result), _workspace(function, args))


def moved(arguments: Any, result: Any) -> int:
    """The bytes of the tensors that a call reads and writes."""
    return sum(size(x) for x in (*_tensors(arguments), *_tensors(result)))


def size(x: Tensor) -> int:
    """The bytes of a tensor's values; of one that repeats them, only those that it holds."""
    held = math.prod(n for n, stride in zip(x.shape, x.stride(), strict=True) if stride) if x.numel() else 0
    return held * x.element_size()


def _tensors(tree: Any) -> list[Tensor]:
    return [x for x in tree_leaves(tree) if isinstance(x, Tensor)]


def _hashable(tree: Any) -> Any:
    if isinstance(tree, list | tuple):
        return tuple(_hashable(each) for each in tree)  # pyright: ignore[reportUnknownVariableType]
    return Shaped(tuple(tree.shape), tuple(tree.stride()), tree.dtype) if isinstance(tree, Tensor) else tree


def _workspace(function: Any, args: Sequence[Any]) -> int:
    """The bytes beside operands and results that a convolution of few values on a processor needs.

    torch computes it as a product of matrices, of which one has the values of each window, for all positions of the result.
    Other convolutions need little.
    """
    found = _convolution(str(function), args)
    if found is None or found[0].device.type != "cpu":
        return 0
    x, weight, stride, padding, dilation, transposed, *rest = found
    chosen = torch._C._select_conv_backend(x, weight, None, stride, padding, dilation, transposed, *rest)  # pyright: ignore
    if "Slow" not in str(chosen) or transposed:
        return 0
    window = weight.shape[2:]
    places = zip(x.shape[2:], window, stride, padding, dilation, strict=True)
    out = [(n + 2 * pad - step * (k - 1) - 1) // by + 1 for n, k, by, pad, step in places]
    return math.prod((*x.shape[:2], *window, *out)) * x.element_size()


def _convolution(name: str, args: Sequence[Any]) -> tuple[Any, ...] | None:
    """Of a convolution or its gradients: input, weight, stride, padding, dilation, whether it is transposed, and the rest."""
    match name:
        case "aten.convolution.default":
            return (*args[:2], *args[3:])
        case "aten.convolution_backward.default":
            return (*args[1:3], *args[4:10])
        case "spikegraph.convolve.default":
            x, (weight, *_), _, stride, *_ = args
        case "spikegraph.convolve_backward.default":
            _, x, (weight, *_), stride, *_ = args
        case _:
            return None
    axes, x = weight.dim() - 2, x.flatten(0, x.dim() - weight.dim())
    return x, weight, [stride] * axes, [weight.shape[-1] // 2] * axes, [1] * axes, False, [0] * axes, 1


def _flops(function: Any, args: Sequence[Any], named: Mapping[str, Any], result: Any) -> int | None:
    name = str(function)
    if name == "spikegraph.convolve.default":
        return 2 * result.numel() * args[1][0][0].numel()
    if name == "spikegraph.convolve_backward.default":
        grad, _, weights, *_, needed = args
        return 2 * grad.numel() * weights[0][0].numel() * (int(needed[0]) + int(needed[1]))
    count = flop_registry.get(getattr(function, "overloadpacket", None))
    return None if count is None else int(count(*args, **named, out_val=result))
