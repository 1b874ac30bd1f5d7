"""The section of zoomable diagrams of the network, its trellises and its cells."""

from collections.abc import Callable, Sequence

from spikegraph.backends.graphviz.draw_file import Drawn, opened
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.render import Level
from spikegraph.backends.report.embedded_diagram import light_and_dark, zoomable
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import Section, absent, folded
from spikegraph.base.errors import NotThereError, RenderError
from spikegraph.charts.markup import Html, join
from spikegraph.passes.phase_pipelines import Phase

Kind = tuple[str, Level, Phase | None]

TITLES = {"network": "the network", "trellis": "the paths through the trellises", "cell": "the cells"}


def section(runs: Sequence[Record]) -> Section:
    """The section."""
    parts = [(r.label, _of_run(r)) for r in runs]
    lead = "Zoom with the buttons, plus, minus and 0, or the wheel (hold Ctrl, or click the diagram first); drag to move."
    return Section("diagrams", "Diagrams", folded(parts, len(runs) > 1), lead)


def _of_run(run: Record) -> Html:
    if isinstance(run.built, str):
        return absent(f"No diagrams: {run.built}.")
    parts: list[Html] = []
    if run.genotype is None and run.built.phase == "search":
        parts.append(
            absent("The architecture is not chosen yet; the diagrams show the search space at the current state of the search.")
        )
    source = opened(run)
    for title, level, phase in kinds(run):
        try:
            parts.append(zoomable(light_and_dark(_drawing(source, level, phase), f"{title}, {run.label}"), title))
        except NotThereError:
            continue  # not every network has trellises or cells
        except RenderError as error:
            parts.append(absent(f"No diagram of {title}: {error.summary}.", error.help))
    return join(*parts)


def kinds(run: Record) -> list[Kind]:
    """The diagrams of a run: title, level and phase."""
    found: list[Kind] = [(TITLES[level], level, None) for level in ("network", "trellis", "cell")]
    if run.genotype is not None and run.search_epochs:
        found.append(("the cells' search space with the final probabilities", "cell", "search"))
    return found


def _drawing(source: Drawn, level: Level, phase: Phase | None) -> Callable[[bool], Drawing]:
    """Draws a diagram for a light or a dark background."""
    return lambda dark: source.drawing(level, phase=phase, dark=dark)
