"""Functions and methods of PyTorch: sums, products, concatenation, and the functional forms of layers."""

from typing import Any

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.known.layers import dropped
from spikegraph.foreign.known.windows import adaptive, interpolated, max_pooled, mean_pooled
from spikegraph.foreign.layout import Layout
from spikegraph.foreign.statements import Complement, Value

SCALE = "multiply the weights and the bias of the layer before it, or the weights of the one behind it"
SHIFT = "add it to the bias of the layer before it"
NEGATE = "negate the weights and the bias of the layer that computes the second operand, and add"


def values(call: Call, operands: tuple[Any, ...], what: str, instead: str) -> tuple[Value, ...]:
    """The operands, if all are values of one shape, with their numbers in the same places."""
    if not all(isinstance(o, Value) for o in operands):
        raise call.refuse(f"one of its operands is a number, and the language {what} values alone", instead)
    if len({o.shape for o in operands}) > 1:
        shapes = " and ".join(str(list(o.shape)) for o in operands)
        raise call.refuse(f"its operands have the shapes {shapes}", "give them one shape")
    if len({call.layout(o) for o in operands}) > 1:
        operands = tuple(call.ordered(o) for o in operands)
    return operands


@adapter("operator.add", "operator.iadd", "torch.add", "Tensor.add", "Tensor.add_", any_layout=True)
def add(call: Call, x: Any, y: Any, *, alpha: float = 1) -> Value:
    """A sum."""
    if alpha != 1:
        raise call.refuse("its `alpha` isn't 1", SCALE)
    if isinstance(x, Complement) or isinstance(y, Complement):
        raise call.refuse("the language has no difference", NEGATE)
    if 0 in (x, y):  # Python's sum() begins with 0
        return y if x == 0 else x
    operands = values(call, (x, y), "adds", SHIFT)
    return call.add("add", *operands, layout=operands[0].layout)


@adapter("operator.mul", "operator.imul", "torch.mul", "Tensor.mul", "Tensor.mul_", "torch.multiply", any_layout=True)
def mul(call: Call, x: Any, y: Any) -> Value:
    """A product; of 1 - x and y it is `iand`."""
    for one, other in ((x, y), (y, x)):
        if isinstance(one, Complement):
            operands = values(call, (one.of, other), "multiplies", SCALE)
            return call.add("iand", *operands, layout=operands[0].layout)
    operands = (x, y)
    if all(isinstance(o, Value) for o in operands):
        whole = max(operands, key=lambda o: len(o.size))
        if all(_at_every_pixel(call.layout(o), call.layout(whole)) for o in operands):
            return call.add("mul", *operands, like=whole, layout=call.layout(whole))
    operands = values(call, operands, "multiplies", SCALE)
    return call.add("mul", *operands, layout=operands[0].layout)


def _at_every_pixel(one: Layout, other: Layout) -> bool:
    """Whether a value has the numbers of another, or one for each channel, in the same places of the tensor."""
    if one.channels != other.channels or one.size not in ((), other.size) or len(one.dimensions) != len(other.dimensions):
        return False
    without = other.with_(tuple(p for p in d if one.size or not p.axis.isdigit()) for d in other.dimensions)
    return one.dimensions == without.dimensions


@adapter("operator.sub", "operator.isub", "torch.rsub", "torch.sub", "Tensor.sub", "Tensor.sub_")
def sub(call: Call, x: Any, y: Any, **_: Any) -> Complement:
    """1 - x."""
    if isinstance(x, int | float) and x == 1 and isinstance(y, Value):
        return Complement(y)
    if not isinstance(y, Value):
        raise call.refuse(
            "it subtracts a number, and the language adds values alone", "subtract it from the bias of the layer before it"
        )
    raise call.refuse("the language has no difference", NEGATE)


@adapter("torch.cat", "torch.concat", "torch.concatenate")
def cat(call: Call, tensors: Any, dim: int = 0) -> Value:
    """Concatenation of channels."""
    operands = tuple(tensors)
    if not all(isinstance(o, Value) for o in operands):
        raise call.refuse("not all that it concatenates are values", "concatenate values")
    operands = tuple(call.ordered(o) for o in operands)
    first = operands[0]
    if dim % len(first.shape) != len(first.lead):
        raise call.refuse(f"it concatenates along dimension {dim}", f"concatenate the channels: dim={len(first.lead)}")
    return call.add("concat", *operands)


@adapter("torch.nn.functional.max_pool1d", "torch.nn.functional.max_pool2d", "torch.max_pool1d", "torch.max_pool2d")
def max_pool(
    call: Call,
    x: Value,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Value:
    """Maximum over windows."""
    return max_pooled(call, x, kernel_size, stride or None, padding, dilation, ceil=ceil_mode, indices=return_indices)


@adapter("torch.nn.functional.avg_pool1d", "torch.nn.functional.avg_pool2d", "torch.avg_pool1d")
def average_pool(
    call: Call,
    x: Value,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Any = None,
) -> Value:
    """Mean over windows."""
    return mean_pooled(
        call, x, kernel_size, stride or None, padding, ceil=ceil_mode, counts=count_include_pad, divisor=divisor_override
    )


@adapter(*(f"torch.nn.functional.adaptive_avg_pool{n}d" for n in (1, 2, 3)))
def adaptive_pool(call: Call, x: Value, output_size: Any) -> Value:
    """Mean over as many windows as the result has pixels."""
    return adaptive(call, x, output_size)


@adapter("torch.nn.functional.interpolate")
def interpolate(
    call: Call,
    x: Value,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    **_: Any,
) -> Value:
    """Interpolation; the result's size says how far."""
    return interpolated(call, x, mode, corners=bool(align_corners))


@adapter("torch.nn.functional.dropout", any_layout=True)
def dropout(call: Call, x: Value, p: float = 0.5, training: bool = True, inplace: bool = False) -> Value:
    """Dropout."""
    return dropped(call, x, p, training=training)


@adapter(
    "Tensor.contiguous", "Tensor.clone", "Tensor.float", "Tensor.double", "Tensor.to", "Tensor.type_as", "Tensor.type",
    any_layout=True,
)  # fmt: skip
def same(call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """The same numbers."""
    return x
