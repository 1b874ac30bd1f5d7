"""The search space, the searched architectures, and a node that mixes at the membrane (Figs. 1, 2 and 6)."""

from collections.abc import Sequence

from spikegraph.backends.graphviz import trellis
from spikegraph.backends.graphviz.draw_file import Drawn
from spikegraph.backends.graphviz.ops import draw_node
from spikegraph.backends.graphviz.render import Level
from spikegraph.backends.graphviz.theme import theme
from spikegraph.backends.report.paper.piece import Piece, diagrams
from spikegraph.backends.report.paper.refusal import lacks
from spikegraph.backends.report.record import Record
from spikegraph.genotype.architecture import of_spec
from spikegraph.ir.graph import Graph
from spikegraph.passes.phase_pipelines import Phase
from spikegraph.program.phases import Built
from spikegraph.program.program import Program


def spaces(runs: Sequence[Record]) -> list[Piece]:
    """The search space of cells, and that of layers where the network has trellises (Fig. 1)."""
    found: list[Piece] = []
    for run in runs:
        drawn = _drawn(run)
        space = drawn.program.build("search").space
        if not _has_cells(space):
            raise lacks("1", run, "a searched cell", "give a run of a spec with a `cell`")
        found += _part(drawn, "cell", "search", _name("cell level search space", run, runs))
        if trellis.of_graph(space):
            found += _part(drawn, "trellis", "search", _name("layer level search space", run, runs))
    return found


def architectures(runs: Sequence[Record]) -> list[Piece]:
    """The network of each run, with its path and its cells (Fig. 2)."""
    found: list[Piece] = []
    for run in runs:
        if run.genotype is None:
            raise lacks("2", run, "an architecture", "give a run whose search has ended, or resume this one")
        drawn = _drawn(run, genotype=True)
        architecture = of_spec(run.label, drawn.program.build().spec)
        found += _part(drawn, "network", None, run.label)
        found += _part(drawn, "trellis", None, "") if architecture.paths else []
        found += _part(drawn, "cell", None, "") if architecture.cells else []
    return found


def mixing(runs: Sequence[Record]) -> list[Piece]:
    """The operations of the first node of the first cell, mixed at the input of the membrane potential (Fig. 6)."""
    found: list[Piece] = []
    for run in runs:
        program = _drawn(run).program
        cells = [spec.name for node in program.build("search").space if (spec := node.op.searched()) is not None]
        if not cells:
            raise lacks("6", run, "a searched cell", "give a run of a spec with a `cell`")
        built = _at_the_membrane(run, program, cells[0])
        drawing = draw_node(built.plain, theme(dark=False, paper=True), built.outline)
        found += _titled(diagrams(drawing), _name(f"a node of the cell {cells[0]}, mixed at the membrane", run, runs))
    return found


def _at_the_membrane(run: Record, program: Program, cell: str) -> Built:
    """The supernet whose cell mixes at the membrane, whatever the search did."""
    changed = [f"{cell}.mix=membrane", *(["search.mix=membrane"] if program.spec.search is not None else [])]
    return Program.read(run.folder.resolved, overrides=changed).build("search")


def _has_cells(space: Graph) -> bool:
    return any(node.op.searched() is not None for node in space)


def _drawn(run: Record, *, genotype: bool = False) -> Drawn:
    """The spec of a run without what its search measured, and with its genotype if that is wanted."""
    run.check_plugins()
    program = Program.read(run.folder.resolved, genotype=run.folder.genotype if genotype else None)
    return Drawn(run.label, program, {}, {})


def _part(drawn: Drawn, level: Level, phase: Phase | None, title: str) -> list[Piece]:
    return _titled(diagrams(drawn.drawing(level, phase=phase, paper=True)), title)


def _titled(pieces: list[Piece], title: str) -> list[Piece]:
    return [pieces[0].called(title), *pieces[1:]]


def _name(what: str, run: Record, runs: Sequence[Record]) -> str:
    """What a part shows, with the run's label where there are several."""
    return what if len(runs) == 1 else f"{run.label}: {what}"
