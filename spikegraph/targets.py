"""The table of backends; a backend is imported when it is asked for."""

from importlib import import_module
from typing import Any

from spikegraph.ir.graph import Graph

TARGETS: dict[str, tuple[str, str]] = {
    "torch": ("spikegraph.backends.torch.lowering", "lower"),
    "graphviz": ("spikegraph.backends.graphviz.render", "render"),
}
"""Per backend the module and the name of what takes a graph."""


def lower(graph: Graph, target: str, **options: Any) -> Any:
    """What a backend makes of a graph.

    Raises:
        KeyError: There is no such backend.
    """
    module, name = TARGETS[target]
    return getattr(import_module(module), name)(graph, **options)
