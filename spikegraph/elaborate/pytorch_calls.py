"""Calls of PyTorch's layers as calls of the language, for the help of an error."""

from collections.abc import Callable, Mapping, Sequence

from spikegraph.dsl.ast import Call, Expr, Name, Text
from spikegraph.elaborate.context import text

Given = Mapping[str, str]

_CONV = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias")
_MAX_POOL = ("kernel_size", "stride", "padding")
_AVERAGE_POOL = (*_MAX_POOL, "ceil_mode", "count_include_pad")


def _conv(given: Given) -> Sequence[str]:
    padding = given.get("padding", "0")
    more = [] if padding == "same" else [f"padding = {0 if padding == 'valid' else padding}"]
    extra = [f"{name} = {given[name]}" for name in ("stride", "dilation", "groups", "bias") if name in given]
    return [given["kernel_size"], f"out = {given['out_channels']}", *extra, *more]


def _linear(given: Given) -> Sequence[str]:
    return [given["out_features"], *([f"bias = {given['bias']}"] if "bias" in given else [])]


def _pool(kind: str) -> Callable[[Given], Sequence[str]]:
    def pool(given: Given) -> Sequence[str]:
        kernel = given["kernel_size"]
        return [kind, f"kernel = {kernel}", f"stride = {given.get('stride', kernel)}", f"padding = {given.get('padding', '0')}"]

    return pool


_LAYERS: dict[str, tuple[str, tuple[str, ...], Callable[[Given], Sequence[str]]]] = {
    **{f"conv{axes}d": ("conv", _CONV, _conv) for axes in (1, 2, 3)},
    **{f"maxpool{axes}d": ("pool", _MAX_POOL, _pool("max")) for axes in (1, 2, 3)},
    **{f"avgpool{axes}d": ("pool", _AVERAGE_POOL, _pool("avg")) for axes in (1, 2, 3)},
    "linear": ("linear", ("in_features", "out_features", "bias"), _linear),
}
"""For a layer's name in lower case: the operation, the layer's parameters in PyTorch's order, and the operation's arguments."""

_WORDS = {"True": "true", "False": "false"}


def translated(call: Call) -> str | None:
    """The call that computes the same: `conv(3, out = 16, padding = 1)` for `Conv2d(3, 16, 3, padding=1)`; None if unknown.

    A mean over windows counts its padding in PyTorch and not here, so it has no translation with a padding.
    """
    layer = _LAYERS.get(call.function.id.lower())
    if layer is None:
        return None
    operation, parameters, arguments = layer
    given: dict[str, str] = {}
    for place, argument in enumerate(call.arguments):
        name = argument.name or (parameters[place] if place < len(parameters) else None)
        if name not in parameters or name in given:
            return None
        given[name] = _word(argument.value)
    unlike = given.get("padding", "0") != "0" if parameters is _AVERAGE_POOL else False
    if unlike or {"ceil_mode", "count_include_pad"} & set(given):
        return None
    try:
        return f"{operation}({', '.join(arguments(given))})"
    except KeyError:
        return None


def _word(expr: Expr) -> str:
    match expr:
        case Name(id=name):
            return _WORDS.get(name, name)
        case Text(value=value):
            return value
        case _:
            return text(expr)
