"""The registry of backends; each is imported at its first use."""

from collections.abc import Callable
from typing import Any

from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.later import Later, later
from spikegraph.plugins.registry import Registry

TARGETS: Registry[Callable[..., Any]] = Registry(
    "target",
    "spikegraph.targets",
    {
        "torch": later("spikegraph.backends.torch.lowering:lower"),
        "graphviz": later("spikegraph.backends.graphviz.render:render"),
    },
    kind=FUNCTION,
)
"""The lowering function of each backend: (subject, **options) -> what the backend makes of it."""


CLASSES = {
    "Imported": Later("spikegraph.backends.torch.foreign.imported:Imported"),
    "Model": Later("spikegraph.backends.torch.model:Model"),
    "Program": Later("spikegraph.program.program:Program"),
}
"""Classes of the package's public names, each imported when it is first named."""


def lower(subject: object, target: str, **options: Any) -> Any:
    """Lowers a graph, or another value that the backend supports.

    Raises:
        KeyError: The target is unknown.
    """
    return TARGETS[target](subject, **options)


def load_run(path: object, **options: Any) -> Any:
    """The trained network of a run's folder, as a PyTorch module."""
    return later("spikegraph.backends.torch.trained:load_run")(path, **options)


def origin(program: object, phase: object) -> Any:
    """Where a PyTorch module of a spec is from."""
    return later("spikegraph.backends.torch.origin:Origin")(program, phase)


def load_deployed(path: object) -> Any:
    """The network of a file with a deployed graph and its weights, as a PyTorch module."""
    return later("spikegraph.backends.torch.deployed_file:read_deployed")(path)


def from_torch(module: object, **options: Any) -> Any:
    """A module of PyTorch as a spec with its weights."""
    return later("spikegraph.backends.torch.foreign.imported:from_torch")(module, **options)


def compile_with(program: object, **options: Any) -> Any:
    """The network of a spec with the weights of a file, as a PyTorch module."""
    return later("spikegraph.backends.torch.trained:compile_with")(program, **options)


def fit(program: object, **options: Any) -> Any:
    """Trains a spec on data sets in Python; the run's folder and its summary."""
    return later("spikegraph.backends.torch.main:train_program")(program, **options)


def wrong_number(node: object, time: int | None) -> float | None:
    """A number that an operation gives for random inputs, and that its type excludes; None if there is none."""
    return later("spikegraph.backends.torch.plug_in_numbers:wrong_number")(node, time)


def search(program: object, **options: Any) -> str:
    """The genotype that the search of a spec finds."""
    return later("spikegraph.backends.torch.main:search_program")(program, **options)


class Shown:
    """Base of values that notebooks display as a diagram."""

    def _repr_svg_(self) -> str:
        return lower(self, "graphviz").svg()
