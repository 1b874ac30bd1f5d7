"""What a run's search decided, as text."""

from typing import TYPE_CHECKING

from spikegraph.cli.run_text import clock, count
from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from spikegraph.runs.record import RunRecord
    from spikegraph.runs.summary import SearchCost


def margins(run: "RunRecord") -> str:
    """The margins of the search's decisions as a table; empty if none are known."""
    from spikegraph.genotype.decisions import decided, margin_text  # noqa: PLC0415 (slow to import)

    found = run.summary.margins
    if not found:
        return ""
    return f"{decided(found)}\n" + table([("decision", "margin"), *((what, margin_text(m)) for what, m in found.items())])


def controls(run: "RunRecord") -> str:
    """How the network compares with random architectures, in a sentence; empty without controls."""
    from spikegraph.runs.controls_text import asked_text, controls_text, incomparable_text  # noqa: PLC0415 (slow to import)

    found, own = run.summary.controls, run.metrics
    if found is None:
        return ""
    if not found.metric and run.complete:
        return f"controls: {incomparable_text(found)}\n"
    if not found.metric:
        return f"controls: {asked_text(found)} were asked for, and aren't compared yet\n"
    return f"controls: {controls_text(found, own[found.metric])}\n"


def candidates(run: "RunRecord") -> str:
    """The candidates that the search has trained, and what they cost; empty if it trained none."""
    from spikegraph.genotype.short import short  # noqa: PLC0415 (slow to import)
    from spikegraph.runs.trial import cost_of, read_trials  # noqa: PLC0415
    from spikegraph.runs.trial_table import HEAD, rows  # noqa: PLC0415

    trials = read_trials(run.folder)
    cost = run.summary.cost or cost_of(trials)
    if cost is None:
        return ""
    found = table([HEAD, *rows(trials, [short(trial.genotype) for trial in trials], cost.chosen)], right=(1, 2, 3))
    return f"{found}{cost_text(cost)}\n"


def front(run: "RunRecord") -> str:
    """The front of a search for two objectives as a table; empty without one."""
    from spikegraph.genotype.short import short  # noqa: PLC0415 (slow to import)
    from spikegraph.runs.front import head, knee, read_front, row  # noqa: PLC0415

    points = read_front(run.folder)
    if not points:
        return ""
    at = knee(points)
    rows = [row(k, point, short(point.genotype), knee=k == at) for k, point in enumerate(points)]
    return table([head(points), *rows], right=(1, 2, 3))


def cost_text(cost: "SearchCost") -> str:
    """`4 candidates, at the cost of 2 trainings, in 1 min 5 s`."""
    trainings = f"{cost.trainings:.3g} training{'' if cost.trainings == 1 else 's'}"
    return f"{count(cost.candidates, 'candidate')}, at the cost of {trainings}, in {clock(cost.seconds)}"
