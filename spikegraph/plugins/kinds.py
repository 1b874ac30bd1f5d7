"""What a registry takes: objects of a class, or functions."""

from collections.abc import Callable
from typing import Any

FUNCTION: Any = Callable
"""Functions, and classes in their place."""


def mismatch(value: object, kind: type | tuple[type, ...]) -> str | None:
    """What to register instead of a value that is of another kind than a registry takes; None if it is of this kind."""
    if isinstance(value, kind):
        return None
    kinds = kind if isinstance(kind, tuple) else (kind,)
    names = " or ".join(f"`{each.__name__}`" for each in kinds)
    wanted = "a function or a class" if kind is FUNCTION else "a class" if kind is type else f"an object of {names}"
    what = f"the class `{value.__name__}`" if isinstance(value, type) else f"an object of `{type(value).__name__}`"
    return f"register {wanted}, not {what}"
