"""What random specifications may contain."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op
from spikegraph.ir.types import Kind


def _any(_: object) -> bool:
    return True


@dataclass(frozen=True)
class Wanted:
    """What random specifications may contain; the chances are those of one stage of a pipeline, or of one declaration.

    Attributes:
        operations: Names of operations; None for all of the registry that have samples.
        models: Names of neuron models; None for all of the registry.
        neuron: Which neurons are allowed.
        operation: Which uses of operations are allowed, with their arguments.
        axes: Numbers of spatial axes of the inputs.
        kinds: Kinds of the inputs.
        most: Stages of a network at most, beside those within blocks and cells.
        blocks: Chance of a use of a block.
        loops: Chance of a wire that takes the value of the step before.
        choices: Chance of `choose`.
        cells: Chance of a chain of cells.
        trellises: Chance of a trellis.
        params: Chance that an argument is a param.
        decided: Chance that genotypes and paths are in the text.
        once: Chance of inputs that are the same at every time step.
        runs: Whether there are a search or a retraining, with the data set, and a profile.
    """

    operations: Collection[str] | None = None
    models: Collection[str] | None = None
    neuron: Callable[[Neuron], bool] = _any
    operation: Callable[[Op], bool] = _any
    axes: tuple[int, ...] = (2, 1, 0, 3)
    kinds: tuple[Kind, ...] = (Kind.REAL, Kind.SPIKE, Kind.EVENTS)
    most: int = 12
    blocks: float = 0.2
    loops: float = 0.12
    choices: float = 0.06
    cells: float = 0.08
    trellises: float = 0.1
    params: float = 0.08
    decided: float = 0.5
    once: float = 0.4
    runs: bool = False
