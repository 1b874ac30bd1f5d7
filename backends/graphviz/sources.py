"""Diagrams of files: a spec, a genotype file, or the folder of a run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.render import Level, render
from spikegraph.errors import NotThereError
from spikegraph.genotype.architecture import of_spec
from spikegraph.genotype.decode_softmax import Array
from spikegraph.genotype.history import search_epochs
from spikegraph.genotype.read import GENOTYPE, JOURNAL, MANIFEST, RESOLVED, is_run
from spikegraph.passes.default import Phase
from spikegraph.program import Program


def draw(
    path: Path,
    level: Level | None = None,
    *,
    phase: Phase | None = None,
    genotype: Path | None = None,
    profile: str | None = None,
    overrides: Sequence[str] = (),
    expand: Sequence[str] = (),
    only: Sequence[str] = (),
    dark: bool = False,
) -> Drawing:
    """The diagram of a file or a run.

    Args:
        path: A spec, a file of genotypes and paths, or a run's folder. A run brings its genotype, and the alpha and beta of
            the last epoch of its search.
        level: What is drawn; the network by default, of genotypes alone the cells.
        phase: The executable form.
        genotype: A genotype file, in place of the spec's own.
        profile: A profile of the spec to apply.
        overrides: `path=value` each.
        expand: As `render`.
        only: As `render`.
        dark: As `render`.

    Raises:
        SpecError: The spec is wrong.
        PassError: The phase has no genotype.
        NotThereError: There is nothing of what is asked for.
        HistoryError: The run's journal is no journal.
    """
    alpha: Mapping[str, Array] = {}
    beta: Mapping[str, Array] = {}
    if path.is_dir():
        if not is_run(path):
            raise NotThereError(f"{path} is not the folder of a run: it has no {MANIFEST}")
        epochs = search_epochs(path / JOURNAL)
        if epochs:
            alpha, beta = epochs[-1].ending("alpha"), epochs[-1].ending("beta")
        found = path / GENOTYPE
        if genotype is None and found.is_file():
            genotype = found
        path = path / RESOLVED
    program = Program.read(path, genotype=genotype, profile=profile, overrides=overrides)
    spec = program.spec
    if not spec.networks and (spec.genotypes or spec.paths) and not program.resolved.diagnostics.has_errors:
        return render(of_spec(path.stem, spec), level, only=only, dark=dark)
    built = program.build(phase)
    architecture = of_spec(path.stem, built.spec)
    match level or "network":
        case "network":
            return render(built.outline, "network", lowered=built.graph, dark=dark)
        case "ops":
            return render(built.graph, "ops", outline=built.outline, expand=expand, dark=dark)
        case "trellis":
            return render(built.space, "trellis", paths=architecture.paths, beta=beta, only=only, dark=dark)
        case "cell":
            graph = built.space if built.phase == "search" else built.outline
            return render(graph, "cell", genotypes=architecture.cells, alpha=alpha, only=only, dark=dark)
