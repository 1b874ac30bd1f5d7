"""The section of zoomable diagrams of the network, its trellises and its cells."""

from collections.abc import Callable, Sequence

from spikegraph.backends.graphviz.draw_file import Drawn, opened
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.render import Level
from spikegraph.backends.report.embedded_diagram import light_and_dark, zoomable
from spikegraph.backends.report.network_differences import differences, same_network
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import Section, absent, folded
from spikegraph.base.errors import NotThereError, RenderError
from spikegraph.charts.markup import Html, el, join
from spikegraph.passes.phase_pipelines import Phase
from spikegraph.program.phases import Built

Kind = tuple[str, Level, Phase | None]

TITLES = {"network": "the network", "trellis": "the paths through the trellises", "cell": "the cells"}


def section(runs: Sequence[Record]) -> Section:
    """The section. The network of the first run is drawn once, and of each other run what differs."""
    lead = "Zoom with the buttons, plus, minus and 0, or the wheel (hold Ctrl, or click the diagram first); drag to move."
    first = next((run for run in runs if isinstance(run.built, Built)), None)
    if len(runs) == 1 or first is None:
        return Section("diagrams", "Diagrams", folded([(r.label, _of_run(r)) for r in runs], len(runs) > 1), lead)
    alike = [run.label for run in runs if _alike(first, run)]
    whose = "all runs" if len(alike) == len(runs) else ", ".join(alike)
    drawn = _drawn(first, [kind for kind in kinds(first) if kind[2] is None])
    parts = [(run.label, _compared(first, run)) for run in runs]
    return Section("diagrams", "Diagrams", join(el("p", f"The network of {whose}:"), drawn, folded(parts, True)), lead)


def _alike(first: Record, run: Record) -> bool:
    """True if a run's diagrams are those of the first one; a search that goes on shows its own probabilities."""
    if run is first or isinstance(first.built, str) or isinstance(run.built, str):
        return run is first
    return run.built.phase != "search" and same_network(first.built, run.built)


def _compared(first: Record, run: Record) -> Html:
    """What a run has beside the network that is drawn above."""
    if not _alike(first, run):
        if isinstance(first.built, str) or isinstance(run.built, str):
            return _of_run(run)
        return join(differences(first.label, first.built.plain, run.label, run.built.plain), _of_run(run))
    own = [kind for kind in kinds(run) if kind[2] is not None]
    return join(el("p", "Its network is the one above."), _drawn(run, own))


def _of_run(run: Record) -> Html:
    return _drawn(run, kinds(run))


def _drawn(run: Record, wanted: Sequence[Kind]) -> Html:
    if isinstance(run.built, str):
        return absent(f"No diagrams: {run.built}.")
    parts: list[Html] = []
    if run.genotype is None and run.built.phase == "search":
        parts.append(
            absent("The architecture is not chosen yet; the diagrams show the search space at the current state of the search.")
        )
    source = opened(run)
    for title, level, phase in wanted:
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
