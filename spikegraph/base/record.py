"""Records: dataclasses of values that don't change, cheap to define and to make."""

from dataclasses import dataclass, field
from typing import TypeVar

from typing_extensions import dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Makes a class a dataclass that can be hashed, and whose fields no code that type checkers see may set.

    `dataclass(frozen=True)` refuses that at run time too, and so compiles two more methods for each class, which is a third of
    what an import costs, and sets each field of a new object by a call.
    """
    return dataclass(unsafe_hash=True)(cls)
