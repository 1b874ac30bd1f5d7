"""Diagrams of files: a spec, a genotype file, or the folder of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from spikegraph import driver
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.render import Level, render
from spikegraph.genotype.architecture import of_spec
from spikegraph.genotype.decode_softmax import Array
from spikegraph.genotype.history import arrays
from spikegraph.runs.record import RunRecord, read_run


def draw(
    source: Path | RunRecord,
    level: Level | None = None,
    options: driver.Options | None = None,
    *,
    expand: Sequence[str] = (),
    only: Sequence[str] = (),
    dark: bool = False,
) -> Drawing:
    """The diagram of a file or a run.

    Args:
        source: A spec, a file of genotypes and paths, or a run or its folder. A run brings its genotype, and the alpha and
            beta of the last epoch of its search.
        level: What is drawn; the network by default, the cells if there are genotypes only.
        options: How the spec is built.
        expand: As `render`.
        only: As `render`.
        dark: As `render`.

    Raises:
        SpecError: The spec is wrong.
        PassError: The phase has no genotype.
        NotThereError: The source has nothing of the level or of a name.
        RunFolderError: The folder is not a run's, or a file in it is damaged.
    """
    options = options or driver.Options()
    alpha: Mapping[str, Array] = {}
    beta: Mapping[str, Array] = {}
    if isinstance(source, Path) and source.is_dir():
        source = read_run(source)
    if isinstance(source, RunRecord):
        epochs = source.search_epochs
        if epochs:
            alpha, beta = arrays(epochs[-1].alpha), arrays(epochs[-1].beta)
        if options.genotype is None and source.genotype is not None:
            options = replace(options, genotype=source.folder.genotype)
    path = source.folder.resolved if isinstance(source, RunRecord) else source
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
