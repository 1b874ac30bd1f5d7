"""What other packages add: modules named by their entry points, imported when their group is first needed."""

from importlib.metadata import entry_points

OPS_GROUP = "spikegraph.ops"
"""Modules that register operations (`opdef.register`) and surrogates (`surrogates.register_surrogate`)."""

KERNELS_GROUP = "spikegraph.kernels"
"""Modules that register their kernels and surrogate gradients with the PyTorch backend."""


class PluginError(ImportError):
    """A package's module that can't be imported; the message names both."""


def load_plugins(group: str) -> tuple[str, ...]:
    """Imports the modules of a group; their import registers what they add. Returns the entry points' names.

    Raises:
        PluginError: One can't be imported, or registers a name that is taken.
    """
    names: list[str] = []
    for point in sorted(entry_points(group=group), key=lambda p: p.name):
        try:
            point.load()
        except (ImportError, AttributeError, ValueError) as error:
            raise PluginError(f"the entry point `{point.name}` of {group} ({point.value}) can't be loaded: {error}") from error
        names.append(point.name)
    return tuple(names)
