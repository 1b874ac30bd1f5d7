"""What shows itself in a notebook."""

from spikegraph.targets import TARGETS


class Shown:
    """Something that the backend of diagrams can draw."""

    def _repr_svg_(self) -> str:
        """For notebooks: the diagram."""
        from importlib import import_module  # noqa: PLC0415 (a backend is imported when it is asked for)

        module, name = TARGETS["graphviz"]
        return getattr(import_module(module), name)(self).svg()
