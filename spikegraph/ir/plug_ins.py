"""Which operations come with the package, what one of a plug-in says of itself, and for which one something is registered."""

from collections.abc import Iterable

from spikegraph.ir.opdef import OPS, Op
from spikegraph.plugins.registry import RegistrationError


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
