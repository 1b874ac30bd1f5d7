"""Which operations come with the package, what one of a plug-in says of itself, and for which one something is registered."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from spikegraph.ir.opdef import OPS, Op
from spikegraph.plugins.registry import RegistrationError, Registry

Function = TypeVar("Function", bound=Callable[..., object])


def is_built_in(op: Op) -> bool:
    """Whether an operation comes with the package."""
    return OPS.get(op.name) is type(op) and OPS.is_built_in(op.name)


def has_samples(op: type[Op]) -> bool:
    """Whether an operation says how it can be used in random networks."""
    return getattr(op.sample, "__func__", None) is not getattr(Op.sample, "__func__", None)


def names_of(operations: Iterable[object], decorator: str) -> list[str]:
    """The names of the operations that a decorator such as `kernel` was given.

    Raises:
        RegistrationError: One isn't the class of an operation.
    """
    names = list[str]()
    for operation in operations:
        if not (isinstance(operation, type) and issubclass(operation, Op)):
            raise RegistrationError(f"`@{decorator}` takes classes of operations, such as `Relu`, not {operation!r}")
        names.append(operation.name)
    return names


def registering(
    registry: Registry[Any], operations: Iterable[object], decorator: str, *, replace: bool
) -> Callable[[Function], Function]:
    """What a decorator such as `kernel` does: it registers a function by the names of operations; arguments as of `names_of`.

    Raises:
        RegistrationError: An operation has another function, and `replace` is false; or one isn't the class of an operation.
    """

    def add(function: Function) -> Function:
        for name in names_of(operations, decorator):
            registry.register(name, function, replace=replace)
        return function

    return add
