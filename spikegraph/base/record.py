"""Records: dataclasses of values that don't change, cheap to define and to make."""

from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, TypeVar, overload

from typing_extensions import dataclass_transform

T = TypeVar("T")


@overload
def record(cls: type[T]) -> type[T]: ...
@overload
def record(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T] | None = None, *, kw_only: bool = False) -> type[T] | Callable[[type[T]], type[T]]:
    """Makes a class a dataclass that can be hashed, and whose fields no code that type checkers see may set.

    `dataclass(frozen=True)` refuses that at run time too, and sets each field of a new object by a call. It compiles six
    methods for each class, which is half of what an import costs; here that is `__init__` alone. Where a class has a method
    of its own that compares, hashes or shows, that one is kept.
    """
    if cls is None:
        return lambda cls: _record(cls, kw_only)
    return _record(cls, kw_only)


def _record(cls: type[T], kw_only: bool) -> type[T]:
    own = vars(cls)
    made: Any = dataclass(eq=False, repr=False, kw_only=kw_only)(cls)
    listed = fields(made)
    if "__eq__" not in own:
        made.__eq__ = _equal([each for each in listed if each.compare])
    if own.get("__hash__") is None:
        made.__hash__ = _hash([each for each in listed if (each.compare if each.hash is None else each.hash)])
    if "__repr__" not in own:
        made.__repr__ = _text
    return made


def _equal(compared: list[Field[Any]]) -> Callable[[Any, object], bool]:
    values = _values(compared)

    def equal(self: Any, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _hash(hashed: list[Field[Any]]) -> Callable[[Any], int]:
    values = _values(hashed)
    return lambda self: hash(values(self))


def _values(wanted: list[Field[Any]]) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of these fields of an object."""
    names = [each.name for each in wanted]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple([getattr(self, name) for name in names])


@recursive_repr("...")
def _text(self: Any) -> str:
    values = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({values})"
