"""Operations as people read them: usage, documentation, parameters with types and defaults."""

from inspect import cleandoc
from typing import Any

from spikegraph.ir.annotations import parts_of
from spikegraph.ir.opdef import Op

NEURON = "neuron"
"""The parameter whose default is the spec's only declared neuron."""


def usage(op: type[Op]) -> str:
    """The usage in a spec, such as `x -> conv(kernel, out = ..., stride = 1)`."""
    if op.form is not None:
        return op.form
    first, *others = op.operands or ("",)
    rest = [f"{o} = ..." if o in op.implied else o for o in others if o not in op.optional]
    arguments = [*rest, *parameters_text(op).split(", "), *(f"{o} = ..." for o in op.optional)]
    inside = ", ".join(a for a in arguments if a)
    if first.startswith("*"):
        return f"{op.name}({', '.join(a for a in (first.lstrip('*') + ', ...', inside) if a)})"
    return (f"{first} -> " if first else "") + op.name + (f"({inside})" if inside else "")


def documentation(op: type[Op]) -> str:
    """The docstring without its indentation."""
    return cleandoc(op.__doc__ or "")


def written_parameters(op: type[Op]) -> dict[str, Any]:
    """The parameters that a spec can set, with their defaults; `...` marks a required one."""
    return {n: d for n, d in op.parameters().items() if n not in op.hidden}


def parameters_text(op: type[Op]) -> str:
    """Parameters such as `kernel, out = ..., stride = 1`; `...` is a default that depends on the operands or the spec."""
    parameters = written_parameters(op)
    open_ones = {n for n, d in parameters.items() if n == NEURON or d is None}
    shown = {n: "..." if n in open_ones else default_text(op, n, d) for n, d in parameters.items()}
    return ", ".join(n if d is ... and n != NEURON else f"{n} = {shown[n]}" for n, d in parameters.items())


def default_text(op: type[Op], name: str, default: Any) -> str:
    """A default in the spec's syntax, or a description if it depends on the operands or the spec."""
    if name == NEURON:
        return "the only declared neuron"
    if default is ...:
        return "required"
    if default is None:
        return "depends on the operands"
    if isinstance(default, bool):
        return str(default).lower()
    return str(default)


def type_text(op: type[Op], name: str) -> str:
    """A parameter's type in words."""
    words = op.choices(name)
    annotation: Any = op.model_fields[name].annotation
    if words and int not in parts_of(annotation):
        return " or ".join(words)
    kind: dict[Any, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}
    if annotation in kind:
        return kind[annotation]
    if name == NEURON:
        return "a neuron"
    if "int" in str(annotation):
        several = "a whole number, or a list of one for each axis" if "axes" in str(annotation) else "whole numbers"
        return several if "tuple" in str(annotation) else " or ".join(("a whole number", *words))
    return str(getattr(annotation, "__name__", annotation))
