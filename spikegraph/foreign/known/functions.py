"""Functions and methods of PyTorch: sums, products, concatenation, and the functional forms of layers."""

from typing import Any

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.known.layers import adaptive, interpolated, pooled
from spikegraph.foreign.statements import Value


def values(call: Call, operands: tuple[Any, ...], what: str) -> tuple[Value, ...]:
    """The operands, if all are values of one shape."""
    if not all(isinstance(o, Value) for o in operands):
        raise call.refuse(f"one of its operands is a number, and the language {what} values alone", "put it into the weights before it")
    if len({o.shape for o in operands}) > 1:
        shapes = " and ".join(str(list(o.shape)) for o in operands)
        raise call.refuse(f"its operands have the shapes {shapes}", "give them one shape")
    return operands


class Complement:
    """1 - x, which the language has as the first operand of `iand`."""

    def __init__(self, of: Value) -> None:
        self.of = of


@adapter("operator.add", "operator.iadd", "torch.add", "Tensor.add", "Tensor.add_")
def add(call: Call, x: Any, y: Any, *, alpha: float = 1) -> Value:
    """A sum."""
    if alpha != 1:
        raise call.refuse("`alpha` isn't 1", "put it into the weights before it")
    if 0 in (x, y):  # sum() of Python begins with 0
        return y if x == 0 else x
    return call.add("add", *values(call, (x, y), "adds"))


@adapter("operator.mul", "operator.imul", "torch.mul", "Tensor.mul", "Tensor.mul_", "torch.multiply")
def mul(call: Call, x: Any, y: Any) -> Value:
    """A product; of 1 - x and y it is `iand`."""
    for one, other in ((x, y), (y, x)):
        if isinstance(one, Complement):
            return call.add("iand", *values(call, (one.of, other), "multiplies"))
    return call.add("mul", *values(call, (x, y), "multiplies"))


@adapter("operator.sub", "torch.rsub", "torch.sub", "Tensor.sub")
def sub(call: Call, x: Any, y: Any) -> Complement:
    """1 - x."""
    if isinstance(x, int | float) and x == 1 and isinstance(y, Value):
        return Complement(y)
    raise call.refuse("the language has no difference", "negate the weights of the one operand, and add")


@adapter("torch.cat", "torch.concat", "torch.concatenate")
def cat(call: Call, tensors: Any, dim: int = 0) -> Value:
    """Concatenation of channels."""
    operands = tuple(tensors)
    if not all(isinstance(o, Value) for o in operands):
        raise call.refuse("not all that it concatenates are values", "concatenate values")
    first = operands[0]
    if dim % len(first.shape) != len(first.lead):
        raise call.refuse(f"it concatenates along dimension {dim}", "concatenate the channels")
    return call.add("concat", *operands)


@adapter("torch.nn.functional.max_pool1d", "torch.nn.functional.max_pool2d", "torch.max_pool1d", "torch.max_pool2d")
def max_pool(call: Call, x: Value, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False, return_indices: bool = False) -> Value:  # noqa: FBT001, FBT002, PLR0913 (PyTorch's arguments)
    """Maximum over windows."""
    if dilation not in (1, (1,) * x.axes) or return_indices:
        raise call.refuse("the language has no dilated windows of poolings, and no indices", "use dilation=1 and return_indices=False")
    return pooled(call, x, "max", kernel_size, stride or None, padding, ceil=ceil_mode)


@adapter("torch.nn.functional.avg_pool1d", "torch.nn.functional.avg_pool2d", "torch.avg_pool1d")
def average_pool(call: Call, x: Value, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: Any = None) -> Value:  # noqa: FBT001, FBT002, PLR0913 (PyTorch's arguments)
    """Mean over windows."""
    if padding not in (0, (0,) * x.axes) and count_include_pad:
        raise call.refuse("it counts its padding, which the language doesn't", "use count_include_pad=False")
    if divisor_override is not None:
        raise call.refuse("it has a divisor of its own", "leave out `divisor_override`")
    return pooled(call, x, "avg", kernel_size, stride or None, padding, ceil=ceil_mode)


@adapter("torch.nn.functional.adaptive_avg_pool1d", "torch.nn.functional.adaptive_avg_pool2d", "torch.nn.functional.adaptive_avg_pool3d")
def adaptive_pool(call: Call, x: Value, output_size: Any) -> Value:
    """Mean over as many windows as the result has pixels."""
    return adaptive(call, x, output_size)


@adapter("torch.nn.functional.interpolate")
def interpolate(call: Call, x: Value, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None, **_: Any) -> Value:  # noqa: FBT001 (PyTorch's arguments)
    """Interpolation."""
    return interpolated(call, x, size, scale_factor, mode, align_corners)


@adapter("torch.nn.functional.dropout")
def dropout(call: Call, x: Value, p: float = 0.5, training: bool = True, inplace: bool = False) -> Value:  # noqa: FBT001, FBT002 (PyTorch's arguments)
    """Dropout."""
    return x if p == 0 else call.add("dropout", x, probability=p)


@adapter("Tensor.contiguous", "Tensor.clone", "Tensor.float", "Tensor.double", "Tensor.to", "Tensor.type_as", "Tensor.type")
def same(call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """The same numbers."""
    return x
