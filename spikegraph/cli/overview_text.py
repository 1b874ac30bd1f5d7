"""Lists and comparisons of runs as text."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spikegraph.base.visible import visible_name
from spikegraph.cli.run_text import count, number, spread_text
from spikegraph.cli.text_table import fields, table

if TYPE_CHECKING:
    from spikegraph.overview.comparison import Best, Comparison
    from spikegraph.overview.genotypes import Agreeing
    from spikegraph.overview.listed import Listed
    from spikegraph.program.spec_settings import Value

MOST_SETTINGS = 8
"""Most columns of settings; the others are counted."""

MOST_ROWS = 20
"""Most settings, or edges of genotypes, that are compared in a text; `--json` has all."""


def states_text(found: Mapping[str, int]) -> str:
    """The number of runs in each state: `7 runs: 2 running, 5 finished`."""
    parts = ", ".join(f"{n:,} {state}" for state, n in found.items())
    return f"{count(sum(found.values()), 'run')}: {parts}"


def list_text(runs: "Sequence[Listed]", most: int | None = None) -> str:
    """The runs as a table, with columns for metrics on the test set, cost and front of searches, and settings that differ.

    Args:
        runs: At least one run.
        most: Most rows; a line below the table counts the others.
    """
    from spikegraph.overview.listed import FRONT, SEARCH_TRAININGS, differing  # noqa: PLC0415 (slow to import)

    settings = differing(runs)
    named = settings[:MOST_SETTINGS]
    metrics = list(dict.fromkeys(name for run in runs for name in run.run.metrics))
    metrics += [name for name in (SEARCH_TRAININGS, FRONT) if any(run.values.get(name) is not None for run in runs)]
    notes = any(run.note for run in runs)
    head = ["run", "spec", "seed", "state", *metrics, *named, *(["note"] if notes else [])]
    rows = [[_cell(run, name) for name in head] for run in runs[:most]]
    first = 4 + len(metrics)
    drop = [1, *range(first - 1, 4, -1), *range(first + len(named) - 1, first - 1, -1)]
    text = table([head, *rows], right=(2, *range(4, first + len(named))), drop=drop, wrap=len(head) - 1 if notes else None)
    more = f"{len(runs) - len(rows):,} more runs\n" if len(rows) < len(runs) else ""
    return text + more + _others(settings)


def _others(settings: Sequence[str]) -> str:
    others = len(settings) - MOST_SETTINGS
    if others <= 0:
        return ""
    verb = "differs" if others == 1 else "differ"
    some = ", ".join(settings[MOST_SETTINGS : MOST_SETTINGS + 3]) + ", ..." * (others > 3)
    return f"{count(others, 'more setting')} {verb}: {some}\n"


def _cell(run: "Listed", column: str) -> str:
    return shown(run.values.get(column))


def shown(value: "Value | None") -> str:
    """A value of a column as text, on one line."""
    match value:
        case None:
            return ""
        case float():
            return number(value)
        case _:
            return visible_name(value)


def comparison_text(comparison: "Comparison", agreements: "Sequence[Agreeing]") -> str:
    """A comparison of runs: states, means and spreads by settings, the best runs, and the agreement of genotypes."""
    from spikegraph.runs.metrics import unknown_direction  # noqa: PLC0415 (slow to import)

    parts = [states_text(comparison.states) + "\n", _points(comparison)]
    best = [(f"best of {visible_name(b.choice.run.spec)}", best_text(b)) for b in comparison.best]
    best += [(f"best of {visible_name(spec)}", unknown_direction(metric)) for spec, metric in comparison.undecided.items()]
    if best:
        parts.append(fields(best))
    parts += [_agreeing(agreeing) for agreeing in agreements]
    ended = [run for run in comparison.runs if run.state.reason]
    if ended:
        rows = [(visible_name(run.path), run.state.name, visible_name(run.note)) for run in ended[:MOST_ROWS]]
        parts.append(table([("run", "state", "note"), *rows], wrap=2) + _left(len(ended), "run"))
    return "\n".join(part for part in parts if part)


def _left(all_: int, word: str) -> str:
    return f"{count(all_ - MOST_ROWS, f'more {word}')}; --json has all\n" if all_ > MOST_ROWS else ""


def _points(comparison: "Comparison") -> str:
    """A row for each combination of settings, with mean and standard deviation of each metric."""
    metrics = [m for m in comparison.metrics if any(m in point.spreads for point in comparison.points)]
    if not metrics:
        return "no run is finished yet\n"
    named = comparison.settings[:MOST_SETTINGS]
    head = ["spec", *named, "finished", *metrics]
    rows = [
        [
            visible_name(point.spec),
            *(shown(point.settings.get(name)) for name in named),
            f"{point.finished} of {len(point.runs)}",
            *(spread_text(point.spreads.get(metric)) for metric in metrics),
        ]
        for point in comparison.points[:MOST_ROWS]
    ]
    last = len(head) - len(metrics)
    drop = [*range(len(head) - 1, last, -1), *range(len(named), 0, -1)]
    text = table([head, *rows], right=range(1, len(head)), drop=drop)
    return text + _left(len(comparison.points), "combination") + _others(comparison.settings)


def best_text(best: "Best") -> str:
    """The best run and why: `runs/a (by the validation of the retraining: accuracy 91 %, of 5 finished runs)`."""
    from spikegraph.base.metric_names import name_and_unit, with_unit  # noqa: PLC0415 (slow to import)

    choice = best.choice
    value = f"{name_and_unit(choice.metric)[0]} {with_unit(choice.metric, choice.value)}"
    return f"{visible_name(choice.run.path)} (by the {choice.by}: {value}, of {count(best.of, 'finished run')})"


def _agreeing(agreeing: "Agreeing") -> str:
    """How far genotypes agree: the choices with the most votes."""
    from spikegraph.overview.genotypes import MOST_BUILT  # noqa: PLC0415 (slow to import)

    agreement, of = agreeing.agreement, len(agreeing.runs)
    head = (
        f"genotypes of {count(of, 'run')}: {agreeing.distinct:,} distinct, the most frequent one in {agreeing.common:,}; "
        f"on average {number(agreeing.mean_difference)} of {agreement.choices} choices differ from the consensus\n"
    )
    if not agreeing.networks and agreeing.distinct > MOST_BUILT:
        head += f"with more than {MOST_BUILT} genotypes, some may be one network under other names; `spikegraph diff` tells\n"
    edges = [
        (v.cell, v.node, str(v.kept), _share(len(v.of), of))
        for v in agreement.votes
        if agreement.consensus.cells.get(v.cell, {}).get(v.node, {}).get(v.kept.source) == v.kept.operation
    ]
    levels = [
        (v.trellis, f"layer {v.layer}", f"level {v.level}", _share(len(v.of), of))
        for v in agreement.levels
        if agreement.consensus.paths.get(v.trellis, ())[v.layer : v.layer + 1] == (v.level,)
    ]
    parts = [head]
    if edges:
        parts.append(table([("cell", "node", "consensus", "kept by"), *edges], right=(3,)))
    if levels:
        parts.append(table([("trellis", "layer", "consensus", "chosen by"), *levels], right=(3,)))
    return "".join(parts)


def _share(votes: int, of: int) -> str:
    return f"{votes:,} of {of:,}"
