"""The tasks of the benchmark: spaces small enough to train, and the seeds that tune and judge."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spikegraph.program.program import Program
from spikegraph.searches.architecture import Architecture, Edge
from spikegraph.searches.cell_space import CellSpace

HERE = Path(__file__).parent
CHAIN = HERE / "specs" / "chain.sdhs"
CIFAR10 = HERE.parents[1] / "specs" / "cifar10.sdhs"
SPIKFORMER = HERE.parents[1] / "specs" / "spikformer-search.sdhs"

JUDGING = range(40_000, 40_200)
"""Seeds of replays that judge; 10000 to 10199 judged T1 while it had a part of its cells."""

PAPER = ("conv_or_skip.c5=conv(3) -> norm -> lif(surrogate = dspike(b = 5))",)
"""The paper's candidate, with which the table of T2 was made: at the membrane it is c3, so that space has two operations."""

REDUCED = ("retrain.W=4", "retrain.epochs=2", "retrain.validate=0.1")
"""The reduced form of the sample: narrow, two epochs, a tenth of the training set for validation."""


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        name: `T0` to `T3`.
        doc: What it is, in one line.
        spec: The spec.
        profile: Its profile.
        overrides: What differs from the spec.
        tied: The cells that share one genotype; empty where each has its own.
        judging: Seeds that judge, and have tuned nothing.
    """

    name: Literal["T0", "T1", "T2", "T3"]
    doc: str
    spec: Path
    profile: str | None
    overrides: tuple[str, ...]
    tied: tuple[str, ...]
    judging: range

    def program(self, *overrides: str) -> Program:
        """The spec of the task, without a genotype."""
        return Program.read(self.spec, profile=self.profile, overrides=(*self.overrides, *overrides)).checked()

    @property
    def live(self) -> bool:
        """Whether methods are run on it, and not replayed on a table of its cells."""
        return not self.tied

    @property
    def table(self) -> Path:
        """The table that is shipped."""
        return HERE / "tables" / f"{self.name}.jsonl"

    def cells(self) -> Sequence[Architecture]:
        """Every cell of a task whose cells are tied, under the name `cell`."""
        space = CellSpace.of(self.program().space("search"))
        return [Architecture(tuple(e._replace(cell="cell") for e in a.edges)) for a in CellSpace(space.cells[:1]).all()]

    def genotype(self, cell: Architecture) -> Architecture:
        """The architecture that a cell means: every tied cell has its edges."""
        return Architecture(tuple(edge._replace(cell=name) for name in self.tied for edge in cell.edges))

    def cell_of(self, architecture: Architecture) -> Architecture:
        """The cell of an architecture whose tied cells are equal: that of the first."""
        return Architecture(tuple(_as_cell(architecture, self.tied[0])))


def _as_cell(architecture: Architecture, name: str) -> Iterator[Edge]:
    return (edge._replace(cell="cell") for edge in architecture.edges if edge.cell == name)


TASKS = {
    task.name: task
    for task in (
        Task(
            "T0",
            "two nodes, convolutions and skips, one genotype for both cells: 48 cells",
            CHAIN,
            None,
            ("normal.nodes=2", "reduction.nodes=2"),
            ("normal", "reduction"),
            JUDGING,
        ),
        Task(
            "T1",
            "three nodes, convolutions and skips, one genotype for both cells: 1,152 cells",
            CHAIN,
            None,
            (),
            ("normal", "reduction"),
            JUDGING,
        ),
        Task(
            "T2",
            "the sample of specs/cifar10.sdhs in its reduced form, live",
            CIFAR10,
            "sample",
            (*PAPER, *REDUCED),
            (),
            range(100, 116),
        ),
        Task(
            "T3",
            "the sample of specs/spikformer-search.sdhs in a reduced form, live",
            SPIKFORMER,
            "sample",
            ("spikformer.W=16", "retrain.epochs=2"),
            (),
            range(500, 512),
        ),
    )
}
