"""The section of alpha and beta over the search's epochs."""

from collections.abc import Mapping, Sequence

from spikegraph.backends.graphviz.cell_view import looks
from spikegraph.backends.graphviz.theme import LIGHT, Look
from spikegraph.backends.graphviz.trellis import of_graph
from spikegraph.backends.report.figures import line_figures
from spikegraph.backends.report.html_table import table
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import Section, absent, below, folded
from spikegraph.backends.report.sections.summary import clock
from spikegraph.charts.format_number import number
from spikegraph.charts.lines import SMALL, Chart, Line
from spikegraph.charts.markup import Html, el, join
from spikegraph.genotype.decisions import decided, margin_text
from spikegraph.genotype.decode_path import trellis_probability
from spikegraph.genotype.decode_softmax import Matrix, softmax
from spikegraph.genotype.short import short
from spikegraph.genotype.wire_choices import by_searched_cell
from spikegraph.ir.architecture import cells_of
from spikegraph.ir.cellspec import CellSpec
from spikegraph.passes.expand_trellis import levels_at
from spikegraph.runs.trial import cost_of, read_trials
from spikegraph.runs.trial_table import HEAD, rows

MOVES = ("finer", "same", "coarser")
"""The moves of a trellis: to the previous, the same and the next level."""
MOVE_LOOKS = (("o1", "7 3"), ("o3", ""), ("o0", "2 3"))


def section(runs: Sequence[Record]) -> Section:
    """The section."""
    lead = (
        "The probabilities (softmax of the architecture parameters) after each epoch: of the operations on each edge of a cell"
        " and the branches of a choice (alpha), and of the moves between levels of a trellis (beta). Charts with a frame show"
        " what the genotype keeps."
    )
    several = len(runs) > 1
    parts = [(run.label, _of_run(run, below(several))) for run in runs]
    return Section("search", "Alpha and beta", folded(parts, several), lead)


def _candidates(run: Record) -> Html:
    """The candidates that the search has trained, and what they cost."""
    trials = read_trials(run.folder)
    cost = run.summary.cost or cost_of(trials)
    if cost is None:
        return join()
    found = rows(trials, [short(trial.genotype) for trial in trials], cost.chosen)
    trainings = f"{number(cost.trainings)} whole trainings"
    text = f"The search began {cost.candidates} candidates, at the cost of {trainings}, in {clock(cost.seconds)}."
    return join(el("p", text), table(HEAD, found, label=f"candidates of {run.label}"))


def _of_run(run: Record, heading: str) -> Html:
    found = _candidates(run)
    return join(found, _alpha_and_beta(run, heading)) if run.search_epochs or not found else found


def _alpha_and_beta(run: Record, heading: str) -> Html:
    if not run.search_epochs:
        if run.epochs("search"):
            return absent("This search learns no architecture parameters: it trains the weights of random paths.")
        if run.steps("search"):
            return absent("The first epoch of the search is in progress; alpha and beta are logged at the end of each epoch.")
        if run.genotype is not None and not run.summary.searched:
            return absent("This run has no search: its genotype was given.")
        return absent("This run has no search epochs yet." if not run.complete else "This run has no search.")
    if isinstance(run.built, str):
        return absent(f"The names of the edges are unknown: {run.built}.")
    margins = run.summary.margins
    decisions = [[what, margin_text(margin)] for what, margin in margins.items()]
    parts: list[Html] = []
    if decisions:
        of = table(["decision", "margin"], decisions, label=f"margins of {run.label}")
        parts.append(el("p", decided(margins).capitalize(), ". A margin is a difference of probabilities."))
        parts.append(el("details", el("summary", "All decisions"), of))
    for name, cell in cells_of(run.built.space).items():
        if name in run.search_epochs[0].alpha:
            what = "cell " if all(cell.inputs) else "choice "
            parts += [el(heading, what, el("code", name)), line_figures(alphas(run, name, cell), shared=True, group=name)]
    finest = {name: op.finest for name, (_, op) in of_graph(run.built.space).items()}
    for name in run.search_epochs[0].beta:
        found = betas(run, name, finest.get(name, 0))
        parts += [el(heading, "trellis ", el("code", name)), line_figures(found, shared=True, group=name)]
    return join(*parts)


def alphas(run: Record, name: str, cell: CellSpec) -> list[Chart]:
    """A chart for each edge, with a curve for each candidate."""
    kept = by_searched_cell(run.architecture.cells).get(name, {}) if run.architecture else dict[str, Mapping[str, str]]()
    looked = looks((), cell.candidates)
    series = [(e.epoch, [softmax(row) for row in e.alpha[name]]) for e in run.search_epochs]
    limits = _limits([values for _, values in series])
    found: list[Chart] = []
    for row, (node, source) in enumerate(cell.edge_list()):
        lines: list[Line] = []
        for k, candidate in enumerate(cell.candidates):
            points = [(float(epoch), values[row][k]) for epoch, values in series]
            css, dashes = _curve(looked[candidate.name])
            lines.append(Line(candidate.name, points, css, dashes, dots=len(points) < 3))
        chosen = kept.get(node, {}).get(source)
        title = f"{source} → {node}" if source else node
        note = f"kept: {chosen}" if chosen else ("dropped" if kept else None)
        found.append(_small(title, lines, limits, note, marked=chosen is not None))
    return found


def _curve(look: Look) -> tuple[str, str]:
    """The CSS class and the dashes of a candidate's curve, in the colour that the diagrams give it."""
    if isinstance(look, int):
        return f"o{look % len(LIGHT.candidates)}", "6 3" if look % 2 else ""
    return "muted", "2 3" if look == "identity" else "8 4"


def betas(run: Record, name: str, finest: int = 0) -> list[Chart]:
    """A chart for each position that a path can reach, with a curve for each move from it.

    Args:
        run: The run.
        name: The trellis.
        finest: The finest level that a path can stay at.
    """
    path = run.architecture.paths.get(name) if run.architecture else None
    series = [(e.epoch, trellis_probability(e.beta[name])) for e in run.search_epochs]
    layers, levels = len(series[0][1]), len(series[0][1][0])
    before = (0, *path) if path is not None else None
    reached = [levels_at(layer, levels, finest) for layer in range(-1, layers)]
    shown = [[values[layer][level] for level in reached[layer]] for _, values in series for layer in range(layers)]
    limits = _limits(shown)
    found: list[Chart] = []
    for layer in range(layers):
        for level in reached[layer]:
            lines = [
                Line(
                    move,
                    [(float(epoch), values[layer][level][k]) for epoch, values in series],
                    *MOVE_LOOKS[k],
                    dots=len(series) < 3,
                )
                for k, move in enumerate(MOVES)
                if level + k - 1 in reached[layer + 1]
            ]
            on = before is not None and before[layer] == level
            note = f"chosen: {MOVES[before[layer + 1] - level + 1]}" if on and before is not None else None
            found.append(_small(f"layer {layer}, from level {level}", lines, limits, note, marked=on))
    return found


def _small(title: str, lines: Sequence[Line], limits: tuple[float, float], note: str | None, *, marked: bool) -> Chart:
    return Chart(
        title, "epoch of the search", "probability", lines, whole=True, y_range=limits, size=SMALL, note=note, marked=marked
    )


def _limits(values: Sequence[Matrix]) -> tuple[float, float]:
    """The common y range of a group of charts, so that they can be compared: all probabilities, with a margin."""
    shown = [p for rows in values for row in rows for p in row if p > 0]
    low, high = min(shown), max(shown)
    margin = max(0.08 * (high - low), 0.005)
    return max(0.0, low - margin), min(1.0, high + margin)
