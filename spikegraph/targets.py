"""The table of backends; each is imported when it is first used."""

from importlib import import_module
from typing import Any

TARGETS: dict[str, tuple[str, str]] = {
    "torch": ("spikegraph.backends.torch.lowering", "lower"),
    "graphviz": ("spikegraph.backends.graphviz.render", "render"),
}
"""The module of each backend, and the function in it that takes a graph."""


def lower(subject: object, target: str, **options: Any) -> Any:
    """What a backend makes of a graph, or of something else that it knows.

    Raises:
        KeyError: There is no such backend.
    """
    module, name = TARGETS[target]
    return getattr(import_module(module), name)(subject, **options)


class Shown:
    """A value whose diagram notebooks show."""

    def _repr_svg_(self) -> str:
        return lower(self, "graphviz").svg()
