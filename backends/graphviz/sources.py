"""Diagrams of files: a spec, a genotype file, or the folder of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from spikegraph import driver
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.render import Level, render
from spikegraph.errors import NotThereError
from spikegraph.genotype.architecture import of_spec
from spikegraph.genotype.decode_softmax import Cube, Matrix
from spikegraph.genotype.history import search_epochs
from spikegraph.genotype.read import GENOTYPE, JOURNAL, MANIFEST, RESOLVED, is_run


def draw(
    path: Path,
    level: Level | None = None,
    options: driver.Options | None = None,
    *,
    expand: Sequence[str] = (),
    only: Sequence[str] = (),
    dark: bool = False,
) -> Drawing:
    """The diagram of a file or a run.

    Args:
        path: A spec, a file of genotypes and paths, or a run's folder. A run brings its genotype, and the alpha and beta of
            the last epoch of its search.
        level: What is drawn; the network by default, of genotypes alone the cells.
        options: How the spec is built.
        expand: As `render`.
        only: As `render`.
        dark: As `render`.

    Raises:
        SpecError: The spec is wrong.
        PassError: The phase has no genotype.
        NotThereError: There is nothing of what is asked for.
        HistoryError: The run's journal is no journal.
    """
    options = options or driver.Options()
    alpha: Mapping[str, Matrix] = {}
    beta: Mapping[str, Cube] = {}
    if path.is_dir():
        if not is_run(path):
            raise NotThereError(f"{path} is not the folder of a run: it has no {MANIFEST}")
        epochs = search_epochs(path / JOURNAL)
        if epochs:
            alpha, beta = epochs[-1].ending("alpha"), epochs[-1].ending("beta")
        found = path / GENOTYPE
        if options.genotype is None and found.is_file():
            options = replace(options, genotype=found)
        path = path / RESOLVED
    resolved = driver.load(path, options)
    spec = resolved.spec
    if not spec.networks and (spec.genotypes or spec.paths) and not resolved.diagnostics.has_errors:
        return render(of_spec(path.stem, spec), level, only=only, dark=dark)
    built = driver.finish(resolved, options)
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
