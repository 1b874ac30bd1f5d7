"""Short descriptions of operations for diagrams."""

from collections.abc import Callable
from typing import Any

from spikegraph.ir.opdef import Op
from spikegraph.ir.types import Value


def _kernel(op: Any, value: Value) -> str:
    """The kernel's size, such as `3 × 3`, with one number per spatial axis."""
    return " × ".join([str(op.kernel)] * max(len(value.size), 1))


def _stride(op: Any) -> str:
    return f", stride {op.stride}" if op.stride != 1 else ""


def _stem(op: Any, value: Value) -> str:
    return f"stem {_kernel(op, value)}{_stride(op)}, {'ReLU' if op.relu else 'spiking'}"


def _conv(op: Any, value: Value) -> str:
    return f"conv {_kernel(op, value)}{_stride(op)}{', norm folded' if op.folded else ''}"


def _restore(op: Any, value: Value) -> str:
    return f"restore, {_kernel(op, value)}{', membrane potential' if op.last == 'membrane' else ''}"


def _cell(op: Any, value: Value) -> str:
    open_ = "" if op.genotype is not None else ", choices open"
    return f"cell {op.cell.name}{', stride 2' if op.down == 2 else ''}{open_}"


def _trellis(op: Any, value: Value) -> str:
    return f"trellis {op.trellis}, {op.layers} layers × {op.levels} levels of cell {op.cell.name}"


def _pool(op: Any, value: Value) -> str:
    return "global mean" if op.kind == "global" else f"{op.kind} pool {_kernel(op, value)}{_stride(op)}"


def _lif(op: Any, value: Value) -> str:
    searched = "" if op.dgs is None else ", surrogate searched (DGS)"
    return f"spiking, {op.neuron.surrogate.name}, b = {op.neuron.surrogate.b:g}{searched}"


DESCRIPTIONS: dict[str, Callable[[Any, Value], str]] = {
    "stem": _stem,
    "conv": _conv,
    "restore": _restore,
    "cell": _cell,
    "trellis": _trellis,
    "pool": _pool,
    "lif": _lif,
    "relu": lambda op, value: "ReLU",
    "linear": lambda op, value: "linear",
    "norm": lambda op, value: "batch norm",
    "input": lambda op, value: f"input, {op.kind}",
    "cost_volume": lambda op, value: f"cost volume, {op.planes} planes",
    "subpixel": lambda op, value: f"subpixel estimate, {op.support} planes to each side",
    "gather": lambda op, value: "sum of edges",
    "potential": lambda op, value: "membrane potential",
    "mean": lambda op, value: "mean over time",
    "mix": lambda op, value: f"choice, row {op.edge} of alpha",
    "route": lambda op, value: f"paths to layer {op.layer}, level {op.level}",
}
"""By operation, a function for its description; other operations get their name and non-default options."""


def describe(op: Op, value: Value) -> str:
    """A short description of an operation whose result is `value`."""
    if op.name in DESCRIPTIONS:
        return DESCRIPTIONS[op.name](op, value)
    given = {k: getattr(op, k) for k, default in type(op).parameters().items() if getattr(op, k) != default}
    options = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in given.items() if isinstance(v, int | float | str))
    name = op.name.replace("_", " ")
    return f"{name}, {options}" if options else name
