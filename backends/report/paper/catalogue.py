"""The figures of the paper by number: what each shows, what runs it needs, and what draws it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from spikegraph.backends.report.paper import architectures, curves, maps, sparsity
from spikegraph.backends.report.paper.figure import Figure
from spikegraph.backends.report.paper.piece import Piece
from spikegraph.backends.report.paper.sparsity import Measure
from spikegraph.backends.report.record import Record
from spikegraph.base.arguments import one_of

Draw = Callable[[Sequence[Record]], list[Piece]]


@dataclass(frozen=True)
class Kind:
    """A figure of the paper.

    Attributes:
        shows: What it shows.
        needs: What it needs of each run.
        draw: Draws it from runs that were read.
        over_time: Draws it from runs, and from what is measured of them on their data.
    """

    shows: str
    needs: str
    draw: Draw | None = None
    over_time: Callable[[Sequence[Record], Measure], list[Piece]] | None = None


DGS = "`dgs at` a neuron in `retrain`"

FIGURES: Mapping[str, Kind] = {
    "1": Kind("the search space of cells and layers", "a spec with a cell", architectures.spaces),
    "2": Kind("searched architectures: network, path and cells", "a genotype", architectures.architectures),
    "3": Kind("input, truth and predictions on the same frames", "stored predictions of maps", maps.comparison),
    "4a": Kind("temperatures of searched surrogates", DGS, curves.temperatures),
    "4b": Kind("one-pixel error and gradient of the weights", f"{DGS} and `validate`, stereo", curves.training),
    "4c": Kind("firing rates of the features over time, beside the events", "weights, its data", None, sparsity.features),
    "4d": Kind("the same behind the cost volume", "weights, its data, stereo", None, sparsity.matching),
    "5": Kind("firing rates of all neurons, operations and energy", "an evaluation", sparsity.sparsity),
    "6": Kind("a node that mixes operations at the membrane", "a spec with a cell", architectures.mixing),
    "7": Kind("progress of the search", "snapshots, and `spikegraph search-progress`", curves.progress),
    "8": Kind("shapes of surrogates at the temperatures of the runs", "a spiking network", curves.surrogates),
}


def figure(name: str, runs: Sequence[Record], measure: Measure) -> Figure:
    """Draws a figure.

    Args:
        name: Its number.
        runs: The runs, at least one.
        measure: Measures the activity of a run over time.

    Raises:
        ArgumentError: There is no such figure.
        NotThereError: A run lacks what the figure needs.
        RenderError: Graphviz isn't installed, or rejects a diagram.
    """
    one_of("figure", name, tuple(FIGURES))
    kind = FIGURES[name]
    pieces = kind.draw(runs) if kind.draw is not None else []
    pieces += kind.over_time(runs, measure) if kind.over_time is not None else []
    return Figure(name, kind.shows, tuple(pieces))
