"""Functions and methods of PyTorch: sums, products, concatenation, and the functional forms of layers."""

from typing import Any

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.held import factor_of_channels, held
from spikegraph.foreign.known.layers import dropped
from spikegraph.foreign.known.reductions import mean
from spikegraph.foreign.known.time_steps import as_steps
from spikegraph.foreign.known.windows import adaptive, interpolated, max_pooled, mean_pooled
from spikegraph.foreign.layout import Layout
from spikegraph.foreign.product import Product
from spikegraph.foreign.statements import Complement, Own, Total, Value

SCALE = "multiply the weights and the bias of the layer before it, or the weights of the one behind it"
SHIFT = "add it to the bias of the layer before it"


def values(call: Call, operands: tuple[Any, ...], what: str, instead: str) -> tuple[Value, ...]:
    """The operands with their numbers in the same places, where one may have a number for each channel or each head alone."""
    if not all(isinstance(o, Value | Own) for o in operands):
        raise call.refuse(f"one of its operands is a number, and the language {what} values alone", instead)
    like = next(o for o in operands if isinstance(o, Value))
    operands = tuple(held(call, o, like) if isinstance(o, Own) else o for o in operands)
    widest = max(operands, key=lambda o: (len(call.layout(o).parts), len(o.size), o.channels))
    operands = tuple(as_steps(call, o, call.layout(widest)) for o in operands)
    fitted = [_fitted(call, o, call.layout(widest)) for o in operands]
    if None not in fitted:
        return tuple(o for o in fitted if o is not None)
    if len({o.shape for o in operands}) > 1:
        shapes = " and ".join(str(list(o.shape)) for o in operands)
        raise call.refuse(f"its operands have the shapes {shapes}", "give them one shape, or one number for each channel")
    return tuple(call.ordered(o) for o in operands)


def _fitted(call: Call, x: Value, there: Layout) -> Value | None:
    """A value whose numbers are those of another layout, or the same at each pixel, or for each head; None for another one."""
    layout = call.layout(x)
    if layout == there:
        return x
    more = len(there.dimensions) - len(layout.dimensions)
    if layout.size not in ((), there.size) or there.channels % layout.channels or more < 0:
        return None
    width = there.channels // layout.channels
    axes = {"T"} if layout.length("T") == 1 else set[str]()
    axes |= set() if layout.size else {*there.spatial}
    without = there.with_(tuple(p for p in d if p.axis not in axes) for d in there.dimensions)
    wanted = without.with_(tuple(p for p in d if p.axis != "C" or p.stride >= width) for d in without.dimensions)
    wider = layout.with_(
        tuple(p._replace(stride=p.stride * width) if p.axis == "C" else p for p in d) for d in layout.dimensions
    )
    if wanted.dimensions != (*((),) * more, *wider.dimensions):
        return None
    if width == 1:
        return x
    return call.add("spread", x, params={"to": there.channels}, layout=Layout(without.dimensions, there.channels, layout.size))


def pointwise(call: Call, op: str, operands: tuple[Value, ...]) -> Value:
    """An operation on numbers in the same places."""
    widest = max(operands, key=lambda o: (len(call.layout(o).parts), len(o.size)))
    return call.add(op, *operands, like=widest, layout=call.layout(widest))


@adapter("operator.add", "operator.iadd", "torch.add", "Tensor.add", "Tensor.add_", any_layout=True, tensors=True)
def add(call: Call, x: Any, y: Any, *, alpha: float = 1) -> Value:
    """A sum."""
    if alpha != 1:
        raise call.refuse("its `alpha` isn't 1", SCALE)
    if isinstance(x, Complement) or isinstance(y, Complement):
        raise call.refuse("the language has 1 - x as a factor alone", SHIFT)
    if 0 in (x, y):  # Python's sum() begins with 0
        return y if x == 0 else x
    return pointwise(call, "add", values(call, (x, y), "adds", SHIFT))


@adapter(
    "operator.mul", "operator.imul", "torch.mul", "Tensor.mul", "Tensor.mul_", "torch.multiply", any_layout=True, tensors=True
)
def mul(call: Call, x: Any, y: Any) -> Any:
    """A product; with a number a constant factor; of 1 - x and y it is `iand`."""
    for one, other in ((x, y), (y, x)):
        if isinstance(one, Complement):
            return pointwise(call, "iand", values(call, (one.of, other), "multiplies", SCALE))
        if isinstance(other, int | float):
            return scaled(call, one, other)
        if isinstance(one, Own) and isinstance(other, Value):
            found = factor_of_channels(call, one, other)
            if found is not None:
                return found
    return pointwise(call, "mul", values(call, (x, y), "multiplies", SCALE))


def scaled(call: Call, x: Any, by: float) -> Any:
    """A constant multiple."""
    if isinstance(x, Product):
        return x.scaled(by)
    return x if by == 1 else call.add("scale", x, params={"by": by}, shape=x.shape, layout=x.layout)


@adapter(
    "operator.truediv", "operator.itruediv", "torch.div", "Tensor.div", "torch.true_divide", "Tensor.div_",
    any_layout=True, tensors=True,
)  # fmt: skip
def div(call: Call, x: Any, y: Any, **options: Any) -> Any:
    """A quotient; with a number a constant factor."""
    if options.get("rounding_mode") is not None:
        raise call.refuse("it rounds", "leave out `rounding_mode`")
    if isinstance(x, Total):
        return x.reduced("mean") if y == x.steps else scaled(call, x.reduced("sum"), 1 / y)
    if isinstance(y, int | float) and y != 0:
        return scaled(call, x, 1 / y)
    return pointwise(call, "div", values(call, (x, y), "divides", SCALE))


@adapter("operator.neg", "torch.neg", "Tensor.neg", any_layout=True)
def neg(call: Call, x: Any) -> Any:
    """The negative."""
    return scaled(call, x, -1)


@adapter("operator.sub", "operator.isub", "torch.rsub", "torch.sub", "Tensor.sub", "Tensor.sub_", any_layout=True, tensors=True)
def sub(call: Call, x: Any, y: Any, *, alpha: float = 1) -> Any:
    """A difference; 1 - x, of which only a product is known."""
    if alpha != 1:
        raise call.refuse("its `alpha` isn't 1", SCALE)
    if isinstance(x, int | float) and x == 1 and isinstance(y, Value):
        return Complement(y)
    if not (isinstance(x, Value | Own) and isinstance(y, Value | Own)):
        raise call.refuse(
            "it subtracts a number, and the language adds values alone", "subtract it from the bias of the layer before it"
        )
    return pointwise(call, "sub", values(call, (x, y), "subtracts", SHIFT))


for function in ("sigmoid", "tanh"):
    names = (f"torch.nn.{function.capitalize()}", f"torch.{function}", f"Tensor.{function}", f"Tensor.{function}_")

    @adapter(*names, f"torch.nn.functional.{function}", any_layout=True)
    def curve(call: Call, x: Value, *, op: str = function) -> Value:
        """A function of each number."""
        return call.add(op, x, shape=x.shape, layout=x.layout)


@adapter("torch.erf", "Tensor.erf", "torch.special.erf", any_layout=True)
def erf(call: Call, x: Value) -> Value:
    """The error function."""
    return call.add("erf", x, shape=x.shape, layout=x.layout)


@adapter("torch.exp", "Tensor.exp", any_layout=True)
def exp(call: Call, x: Value) -> Value:
    """The exponential function."""
    return call.add("exp", x, shape=x.shape, layout=x.layout)


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


@adapter("torch.nn.functional.avg_pool1d", "torch.nn.functional.avg_pool2d", "torch.avg_pool1d", any_layout=True)
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
    shape = tuple(call.first.shape)
    if len(shape) == 5 and shape[:-2] == x.shape[:-2] and shape[-2:] == (1, 1) and len(x.size) == 2:
        return mean(call, x, (-2, -1), keepdim=True)  # [T, N, C, H, W] as a volume of C planes
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
