"""The registries of references: what each operation computes, what composite ones consist of, and the neurons' equations."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from spikegraph.plugins.registry import Registry

if TYPE_CHECKING:
    from spikegraph.meaning.call import Array
    from spikegraph.meaning.composites import Expansion
    from spikegraph.meaning.operations.neurons import Equation

Function = TypeVar("Function", bound=Callable[..., object])

GROUP = "spikegraph.references"
_BUILT_IN = "spikegraph.meaning.operations"

REFERENCES: Registry["Callable[..., Array]"] = Registry("reference", GROUP, package=_BUILT_IN)
"""By the name of an operation its reference: (call, *operands) -> result, arrays [T, N, C, *size]."""

EXPANSIONS: Registry["Expansion"] = Registry("expansion", GROUP, package=_BUILT_IN)
"""By the name of a composite operation what it consists of: (parts, operands) -> the name of its result."""

EQUATIONS: Registry["Equation"] = Registry("equation", GROUP, package=_BUILT_IN)
"""By the name of a neuron model one time step of it: (neuron, current) -> (potential, result)."""


def reference(*names: str, replace: bool = False) -> Callable[[Function], Function]:
    """Decorator: registers the reference of operations."""

    def add(function: Function) -> Function:
        for name in names:
            REFERENCES.register(name, function, replace=replace)  # type: ignore[arg-type]
        return function

    return add


def expansion(name: str, *, replace: bool = False) -> Callable[[Function], Function]:
    """Decorator: registers what a composite operation consists of."""

    def add(function: Function) -> Function:
        EXPANSIONS.register(name, function, replace=replace)  # type: ignore[arg-type]
        return function

    return add


def equation(*models: str, replace: bool = False) -> Callable[[Function], Function]:
    """Decorator: registers the equation of neuron models."""

    def add(function: Function) -> Function:
        for name in models:
            EQUATIONS.register(name, function, replace=replace)  # type: ignore[arg-type]
        return function

    return add
