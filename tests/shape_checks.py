"""Checks of annotated shapes, once for the same types and shapes, so that tests don't pay for them at each call.

Whether values fit annotations depends on their types, dtypes and shapes, and on whole numbers among them. What a function
was given and has returned is kept in this form. If it is given the like again, only a result of another form is checked.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any

import jaxtyping

Form = object
"""The type of a value, and what else a check looks at; hashable."""

Forms = dict[Form, set[Form | None]]
"""Those of results by those of arguments, of calls that were checked."""

FORMS: dict[tuple[str, CodeType, tuple[object, ...]], Forms] = {}
"""By the module, the code and the annotations of a function: a function in another one is made anew by each call."""

Checked = Callable[..., Any]

JAXTYPED = jaxtyping.jaxtyped
"""What decorates functions with checks at each call."""


def install(modules: list[str], checker: str) -> None:
    """Checks the functions and dataclasses of modules that are imported from here on with a checker of types."""
    jaxtyping.jaxtyped = functools.partial(decorated, JAXTYPED)
    jaxtyping.install_import_hook(modules, checker)


def decorated(jaxtyped: Callable[..., Any], made: Any = None, **how: Any) -> Any:
    """What takes the place of `jaxtyping.jaxtyped`."""
    if made is None:
        return functools.partial(decorated, jaxtyped, **how)
    if inspect.isfunction(made):
        return _once(made, functools.cache(lambda: jaxtyped(made, **how)), functools.partial(_result, jaxtyped, made, how))
    if "__dataclass_fields__" in vars(made):
        made.__init__ = decorated(jaxtyped, made.__init__, **how)
    return made


def _once(function: FunctionType, checked: Callable[[], Checked], result: Checked) -> Checked:
    """The function with checks of what is new."""
    known = FORMS.setdefault((function.__module__, function.__code__, tuple(function.__annotations__.values())), {})
    settings = jaxtyping.config

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if settings.jaxtyping_disable:
            return function(*args, **kwargs)
        try:
            given = (_of_each(args), *kwargs, _of_each(kwargs.values())) if kwargs else _of_each(args)
            found = known.get(given)
        except TypeError:
            return checked()(*args, **kwargs)
        if found is None:
            returned = checked()(*args, **kwargs)
            shape = form(returned)
            if shape is not None:
                known[given] = {shape}
            return returned
        returned = function(*args, **kwargs)
        shape = form(returned)
        if shape is None or shape not in found:
            result(returned, args, kwargs)
            found.add(shape)
        return returned

    return call


def _result(
    jaxtyped: Callable[..., Any], function: FunctionType, how: dict[str, Any], returned: Any, args: Any, kwargs: Any
) -> None:
    """Checks a result that is already there."""

    def again(*args: Any, **kwargs: Any) -> Any:
        return returned

    named = FunctionType(again.__code__, function.__globals__, function.__name__, None, again.__closure__)
    jaxtyped(functools.update_wrapper(named, function), **how)(*args, **kwargs)


def form(value: Any) -> Form | None:
    """What a check of a value depends on; None if it can't be told."""
    try:
        found = _form(value)
        hash(found)
    except TypeError:  # sizes that are symbols, or a container of which only a check knows what it looks at
        return None
    return found


def _form(value: Any) -> Form:
    return (_READERS.get(type(value)) or _reader(type(value)))(value)


def _of_each(values: Iterable[Any]) -> tuple[Form, ...]:
    return tuple([(_READERS.get(type(each)) or _reader(type(each)))(each) for each in values])


def _reader(kind: type) -> Callable[[Any], Form]:
    """What reads the form of values of a type; built-in functions where they can, since they are called for each argument."""
    of = _READERS[kind] = _made_reader(kind)
    return of


def _made_reader(kind: type) -> Callable[[Any], Form]:
    if hasattr(kind, "dtype") and hasattr(kind, "shape"):
        return attrgetter("__class__", "dtype", "shape")
    if issubclass(kind, bool | int | str):
        return lambda value: (kind, value)
    if issubclass(kind, tuple | list | set | frozenset):
        return lambda value: (kind, _of_each(value))
    if issubclass(kind, dict):
        return lambda value: (kind, _of_each(value), _of_each(value.values()))
    if issubclass(kind, Sequence | Mapping | Set):
        return _untold
    return type


def _untold(value: Any) -> Form:
    message = f"what a check looks at in {type(value)}"
    raise TypeError(message)


_READERS: dict[type, Callable[[Any], Form]] = {}
