"""The names of functions and methods, by which adapters are registered and errors speak of them."""

import importlib

from torch import fx

from spikegraph.foreign.adapters import ADAPTERS

FUNCTIONS = ("operator", "torch", "torch.nn.functional")
"""The modules by whose names functions are registered."""

SIGNS = {
    "add": "+", "iadd": "+=", "sub": "-", "isub": "-=", "mul": "*", "imul": "*=", "truediv": "/", "itruediv": "/=",
    "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@", "neg": "-x", "gt": ">", "ge": ">=", "lt": "<", "le": "<=",
    "eq": "==", "ne": "!=", "and_": "&", "or_": "|", "xor": "^", "invert": "~", "getitem": "[...]",
}  # fmt: skip
"""How the functions of `operator` are written."""

IN_PLACE = tuple(f"operator.{name}" for name in ("iadd", "isub", "imul", "itruediv"))


def divides(node: fx.Node) -> bool:
    """Whether a function is a division, as that of a sum by the number of time steps."""
    return function_name(node) in (
        "operator.truediv",
        "operator.itruediv",
        "torch.div",
        "Tensor.div",
        "Tensor.div_",
        "torch.true_divide",
    )


def in_place(node: fx.Node, name: str) -> bool:
    """Whether a function changes its first operand."""
    last = name.rpartition(".")[2]
    return last.endswith("_") or name in IN_PLACE or node.kwargs.get("inplace") is True


def shown(name: str) -> str:
    """A function as it is written in code: an operator by its sign."""
    place, _, last = name.rpartition(".")
    return f"`{SIGNS[last]}`" if place == "operator" and last in SIGNS else name


def function_name(node: fx.Node) -> str:
    """The name by which an adapter of a function or method is registered."""
    if node.op == "call_method":
        return f"Tensor.{node.target}"
    if node.target is getattr:
        return f"Tensor.{node.args[1]}"
    for name in ADAPTERS:
        place, _, last = name.rpartition(".")
        if place in FUNCTIONS and getattr(importlib.import_module(place), last, None) is node.target:
            return name
    name = getattr(node.target, "__name__", str(node.target))
    known = (place for place in FUNCTIONS if getattr(importlib.import_module(place), name, None) is node.target)
    return f"{next(known, getattr(node.target, '__module__', 'torch'))}.{name}"
