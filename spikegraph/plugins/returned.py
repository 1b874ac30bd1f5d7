"""Whose fault it is that a result can't be used: the function that returned it has no line in a traceback any more."""

from functools import partial
from inspect import getsourcefile, getsourcelines, unwrap
from typing import Any, TypeVar

Error = TypeVar("Error", bound=Exception)
T = TypeVar("T")

_PLACE = "spikegraph_returned_by"


def returned_by(function: object, error: Error) -> Error:
    """The error, which is about what a function returned: if the function is a plug-in's, so is the error in messages.

    Args:
        function: The function, or something else that is called.
        error: What is wrong with its result.
    """
    setattr(error, _PLACE, _first_line(function))
    return error


def of_type(wanted: type[T], value: object, function: object, what: str) -> T:
    """What a function returned, if it is of the type that it must have.

    Args:
        wanted: The type.
        value: What was returned.
        function: The function.
        what: What the function is, for the message: ``the pass `prune` ``.

    Raises:
        TypeError: It is of another type.
    """
    if isinstance(value, wanted):
        return value
    raise returned_by(function, TypeError(f"{what} returns {described(value)}, not a value of type `{wanted.__name__}`"))


def place_of_function(error: BaseException) -> tuple[str, int] | None:
    """The file and the first line of the function that an error is about; None if it is about no function of Python."""
    return getattr(error, _PLACE, None)


def described(value: object) -> str:
    """What a function returned, for messages: `None`, `Tensor [8, 2]`, `a tuple of 2`."""
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"  # pyright: ignore[reportUnknownArgumentType]
    if value is None:
        return "None"
    shape: Any = getattr(value, "shape", None)
    size = f" [{', '.join(map(str, shape))}]" if hasattr(shape, "__iter__") else ""
    return f"{type(value).__name__}{size}"


def _first_line(function: Any) -> tuple[str, int] | None:
    while isinstance(function, partial):
        function = function.func  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not callable(function):
        return None
    function = unwrap(function)
    if isinstance(function, type):
        try:
            return getsourcefile(function) or "", getsourcelines(function)[1]
        except (OSError, TypeError):  # a class of C, or one without a file
            return None
    code: Any = getattr(function if hasattr(function, "__code__") else type(function).__call__, "__code__", None)
    return None if code is None else (code.co_filename, code.co_firstlineno)
