"""Functions and layers that a module has where its operations need them."""

from collections.abc import Iterable

from spikegraph.backends.python.helper_functions import FUNCTIONS, Helper
from spikegraph.backends.python.helper_layers import LAYERS

HELPERS: dict[str, Helper] = {**LAYERS, **FUNCTIONS}
"""By name."""


def needed(names: Iterable[str]) -> list[str]:
    """The helpers of these names and those that they need, in the order of the table, those needed by others first."""
    found, waiting = set[str](), list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += HELPERS[name].needs
    return [name for name in HELPERS if name in found]
