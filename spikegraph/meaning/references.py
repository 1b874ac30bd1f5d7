"""The registries of references: what each operation computes, what composite ones consist of, and the neurons' equations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from spikegraph.ir.opdef import AnyOp
from spikegraph.ir.plug_ins import registering
from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.registry import Registry

Operands = ParamSpec("Operands")

if TYPE_CHECKING:
    from spikegraph.meaning.call import Array, Call
    from spikegraph.meaning.composites import Expansion, ExpansionOf
    from spikegraph.meaning.operations.neurons import Equation

    ReferenceOf = Callable[Concatenate[Call[AnyOp], Operands], Array]

Function = TypeVar("Function", bound=Callable[..., object])

GROUP = "spikegraph.references"
_BUILT_IN = "spikegraph.meaning.operations"

REFERENCES: Registry[Callable[..., Array]] = Registry("reference", GROUP, package=_BUILT_IN, kind=FUNCTION, needed=False)
"""By the name of an operation its reference: (call, *operands) -> result, arrays [T, N, C, *size]."""

EXPANSIONS: Registry[Expansion] = Registry("expansion", GROUP, package=_BUILT_IN, kind=FUNCTION, needed=False)
"""By the name of a composite operation what it consists of: (parts, operands) -> the name of its result."""

EQUATIONS: Registry[Equation] = Registry("equation", GROUP, package=_BUILT_IN, kind=FUNCTION, needed=False)
"""By the name of a neuron model one time step of it: (neuron, current) -> (potential, result)."""


def reference(
    *operations: type[AnyOp], replace: bool = False
) -> Callable[[ReferenceOf[AnyOp, Operands]], ReferenceOf[AnyOp, Operands]]:
    """Decorator: registers the reference of operations, by their names."""
    return registering(REFERENCES, operations, "reference", replace=replace)


def expansion(*operations: type[AnyOp], replace: bool = False) -> Callable[[ExpansionOf[AnyOp]], ExpansionOf[AnyOp]]:
    """Decorator: registers what composite operations consist of, by their names."""
    return registering(EXPANSIONS, operations, "expansion", replace=replace)


def equation(*models: str, replace: bool = False) -> Callable[[Function], Function]:
    """Decorator: registers the equation of neuron models."""

    def add(function: Function) -> Function:
        for name in models:
            EQUATIONS.register(name, function, replace=replace)  # type: ignore[arg-type]
        return function

    return add
