"""Draws a file: a spec, a genotype file, or a run folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.render import Level, render
from spikegraph.base.errors import NotThereError
from spikegraph.base.resources import is_kept
from spikegraph.base.surface import argument
from spikegraph.genotype.architecture import of_spec
from spikegraph.genotype.decode_softmax import Cube, Matrix
from spikegraph.passes.phase_pipelines import Phase
from spikegraph.program.kept import kept
from spikegraph.program.program import Program
from spikegraph.runs.record import RunRecord

_LEAVE_OUT = "leave it out, or choose another level"


@dataclass(frozen=True)
class Drawn:
    """What is drawn, of which several drawings are made.

    Attributes:
        name: The name of an architecture without a network.
        program: The spec.
        alpha: Architecture parameters of the cells, of the search's last epoch.
        beta: Those of the trellises.
        note: A sentence below the drawings: that a run was trained without a search.
    """

    name: str
    program: Program
    alpha: Mapping[str, Matrix]
    beta: Mapping[str, Cube]
    note: str = ""

    def drawing(
        self,
        level: Level | None = None,
        *,
        phase: Phase | None = None,
        expand: Sequence[str] = (),
        only: Sequence[str] = (),
        dark: bool = False,
        paper: bool = False,
    ) -> Drawing:
        """A drawing; arguments and errors are those of `draw`."""
        spec = self.program.spec
        if not spec.networks and (spec.genotypes or spec.paths) and not self.program.resolved.diagnostics.has_errors:
            require_used(level or "cell", expand, only)
            return render(of_spec(self.name, spec), level, only=only, dark=dark, paper=paper)
        level = level or "network"
        require_used(level, expand, only)
        built = self.program.build(phase)
        drawn = partial(render, dark=dark, paper=paper, note=self.note)
        found = of_spec(self.name, built.spec)
        match level:
            case "network":
                return drawn(built.outline, "network", lowered=built.plain, expand=expand)
            case "ops":
                return drawn(built.plain, "ops", outline=built.outline, expand=expand)
            case "trellis":
                return drawn(built.space, "trellis", paths=found.paths, beta=self.beta, only=only)
            case "cell":
                graph = built.space if built.phase == "search" else built.outline
                return drawn(graph, "cell", genotypes=found.cells, alpha=self.alpha, only=only)


def require_used(level: Level | Literal["neuron"], expand: Sequence[str], only: Sequence[str]) -> None:
    """Refuses names that a drawing of a level has no use for.

    Raises:
        NotThereError: There are some.
    """
    whole = level in ("network", "ops")
    if only and whole:
        raise NotThereError(
            f"{argument('only', *only)} is for cells, trellises and neurons, not for level `{level}`", _LEAVE_OUT
        )
    if expand and not whole:
        raise NotThereError(f"{argument('expand', *expand)} is for levels `network` and `ops`, not for `{level}`", _LEAVE_OUT)


def opened(
    source: Path | RunRecord, *, genotype: Path | None = None, profile: str | None = None, overrides: Sequence[str] = ()
) -> Drawn:
    """Reads a file or a run; arguments and errors are those of `draw`."""
    alpha: Mapping[str, Matrix] = {}
    beta: Mapping[str, Cube] = {}
    note = ""
    if isinstance(source, Path) and is_kept(source):
        found = kept(source)
        if found.run is None:
            return Drawn(source.stem, found.with_changes(genotype=genotype, profile=profile, overrides=overrides), alpha, beta)
        source = found.run
    if isinstance(source, RunRecord):
        source.check_plugins()
        epochs = source.search_epochs
        if epochs:
            alpha, beta = epochs[-1].alpha, epochs[-1].beta
        note = "" if source.unsearched is None else f"Trained without a search: {source.unsearched}."
        if genotype is None and source.genotype is not None:
            genotype = source.folder.genotype
    path = source.folder.resolved if isinstance(source, RunRecord) else source
    program = Program.read(path, genotype=genotype, profile=profile, overrides=overrides)
    return Drawn(path.stem, program, alpha, beta, note)


def draw(
    source: Path | RunRecord,
    level: Level | None = None,
    *,
    phase: Phase | None = None,
    genotype: Path | None = None,
    profile: str | None = None,
    overrides: Sequence[str] = (),
    expand: Sequence[str] = (),
    only: Sequence[str] = (),
    dark: bool = False,
    paper: bool = False,
) -> Drawing:
    """Draws a file or a run.

    Args:
        source: A spec, a file of genotypes and paths, a run, or a folder or file with a trained network. For a run, its
            genotype is used, and the alpha and beta of the search's last epoch.
        level: What to draw; by default the network, or the cells if the file has only genotypes.
        phase: The phase whose graph is drawn.
        genotype: A genotype file that replaces the spec's own.
        profile: A profile of the spec to apply.
        overrides: Changes to the spec, as `path=value`.
        expand: Names of what is opened, see `render`; by default blocks, repetitions, chains and lines of layers are one box
            each.
        only: See `render`.
        dark: See `render`.
        paper: See `render`.

    Raises:
        SpecError: The spec has errors.
        PassError: The phase needs a genotype, and there is none.
        NotThereError: The source has no such level, or a name is unknown.
        RunFolderError: The folder is not a run folder, or a file in it is damaged.
    """
    drawn = opened(source, genotype=genotype, profile=profile, overrides=overrides)
    return drawn.drawing(level, phase=phase, expand=expand, only=only, dark=dark, paper=paper)
