"""Plug-ins: modules of other packages, found by entry points and imported when their group is first needed."""

from importlib.metadata import entry_points

OPS_GROUP = "spikegraph.ops"
"""Modules that register operations (`opdef.register`) and surrogates (`surrogates.register_surrogate`)."""

KERNELS_GROUP = "spikegraph.kernels"
"""Modules that register their kernels and surrogate gradients with the PyTorch backend."""


class PluginError(ImportError):
    """The module of a plug-in can't be imported; the message has the entry point and the module."""


def load_plugins(group: str) -> tuple[str, ...]:
    """Imports the modules of a group, which register their additions; returns the names of the entry points.

    Raises:
        PluginError: A module can't be imported, or registers a name that already exists.
    """
    names: list[str] = []
    for point in sorted(entry_points(group=group), key=lambda p: p.name):
        try:
            point.load()
        except (ImportError, AttributeError, ValueError) as error:
            raise PluginError(f"the entry point `{point.name}` of {group} ({point.value}) can't be loaded: {error}") from error
        names.append(point.name)
    return tuple(names)
