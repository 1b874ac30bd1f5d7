"""Functions that are imported when they are first called, so that tables which name them stay cheap to import."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from spikegraph.base.record import record


@record
class Later:
    """A function by its place.

    Attributes:
        place: `module:name`.
    """

    place: str

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Calls it."""
        return self.function(*args, **named)

    @property
    def function(self) -> Callable[..., Any]:
        """The function."""
        module, _, name = self.place.partition(":")
        return getattr(import_module(module), name)


def found(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, which is imported now if it wasn't yet: what is compiled can't import."""
    return function.function if isinstance(function, Later) else function


def later(place: str) -> Callable[..., Any]:
    """The function at `module:name`, imported when it is first called."""
    return Later(place)
