"""Records: dataclasses of values that don't change, cheap to define and to make."""

import sys
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from operator import attrgetter
from reprlib import recursive_repr
from types import CodeType, FunctionType
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
    methods for each class, which is half of what an import costs; here that is at most `__init__`. Where a class has a method
    of its own that compares, hashes or shows, that one is kept.
    """
    if cls is None:
        return lambda cls: _record(cls, kw_only)
    return _record(cls, kw_only)


def _record(cls: type[T], kw_only: bool) -> type[T]:
    own = vars(cls)
    simple = "__init__" not in own and _is_simple(cls)
    made: Any = dataclass(init=not simple, eq=False, repr=False, kw_only=kw_only)(cls)
    listed = fields(made)
    if simple:
        made.__init__ = _setting(made, listed)
    if "__eq__" not in own:
        made.__eq__ = _equal([each for each in listed if each.compare])
    if own.get("__hash__") is None:
        made.__hash__ = _hash([each for each in listed if (each.compare if each.hash is None else each.hash)])
    if "__repr__" not in own:
        made.__repr__ = _text
    return made


def _is_simple(cls: type) -> bool:
    """Whether making an object of a class sets its fields and does nothing else."""
    inherited: dict[str, Field[Any]] = getattr(cls, "__dataclass_fields__", {})
    special = any(isinstance(value, Field) for value in vars(cls).values()) or hasattr(cls, "__post_init__")
    return not special and all(each.init and each.default_factory is MISSING for each in inherited.values())


def _setting(cls: type, listed: tuple[Field[Any], ...]) -> Callable[..., None]:
    """The `__init__` that sets fields: that of any class with as many fields, with their names in place of its own.

    Raises:
        TypeError: A field without a default follows one with a default.
    """
    placed, named = ([each for each in listed if each.kw_only is kind] for kind in (False, True))
    defaults = [each.default for each in placed if each.default is not MISSING]
    wrong = next((each for each in placed[len(placed) - len(defaults) :] if each.default is MISSING), None)
    if wrong is not None:
        raise TypeError(f"the field `{wrong.name}` of {cls.__qualname__} has no default, but follows one that has")
    names = tuple([each.name for each in (*placed, *named)])
    code = _setter(len(placed), len(named)).replace(
        co_varnames=("self", *names), co_names=names, co_qualname=f"{cls.__qualname__}.__init__"
    )
    made = FunctionType(code, vars(sys.modules[cls.__module__]), "__init__", tuple(defaults))
    made.__kwdefaults__ = {each.name: each.default for each in named if each.default is not MISSING}
    made.__annotations__ = {**{each.name: each.type for each in listed}, "return": None}
    made.__module__ = cls.__module__
    return made


@cache
def _setter(placed: int, named: int) -> CodeType:
    """The code that sets so many fields, of which the last ones are given by name only."""
    first, rest = ([f"_{number}" for number in numbers] for numbers in (range(placed), range(placed, placed + named)))
    parameters = ", ".join(["self", *first, *(["*", *rest] if rest else [])])
    found: dict[str, Any] = {}
    exec(f"def set({parameters}):\n pass\n" + "".join(f" self.{name} = {name}\n" for name in first + rest), found)
    return found["set"].__code__


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
