"""The table of backends; each is imported at its first use."""

from importlib import import_module
from typing import Any

TARGETS: dict[str, tuple[str, str]] = {
    "torch": ("spikegraph.backends.torch.lowering", "lower"),
    "graphviz": ("spikegraph.backends.graphviz.render", "render"),
}
"""The module of each backend and the name of its lowering function."""


def lower(subject: object, target: str, **options: Any) -> Any:
    """Lowers a graph, or another value that the backend supports.

    Raises:
        KeyError: The target is unknown.
    """
    module, name = TARGETS[target]
    return getattr(import_module(module), name)(subject, **options)


class Shown:
    """Base of values that notebooks display as a diagram."""

    def _repr_svg_(self) -> str:
        return lower(self, "graphviz").svg()
