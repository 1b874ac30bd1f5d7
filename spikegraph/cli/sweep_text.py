"""The results of a sweep as text."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from spikegraph.base.terminal import columns
from spikegraph.cli.run_text import count, number, spread_text
from spikegraph.cli.text_table import fields, table

if TYPE_CHECKING:
    from spikegraph.runs.best import Choice
    from spikegraph.runs.spread import Spread
    from spikegraph.sweep.folder import SweepFolder
    from spikegraph.sweep.results import Group, Results

MOST_COMPARED = 50
"""Most architectures that are compared with each other."""


def results_text(folder: "SweepFolder", results: "Results") -> str:
    """What happened to each run, means and spreads, the best run, and how far the architectures agree."""
    from spikegraph.runs.metrics import unknown_direction  # noqa: PLC0415 (slow to import)

    parts = [points_text(results), *(f"{text}" for text in (groups_text(results.groups),) if text)]
    parts += [] if results.best is None else [best_text(results.best)]
    parts += [] if results.undecided is None else [f"no best run: {unknown_direction(results.undecided)}\n"]
    parts += [text for text in (architectures_text(folder, results),) if text]
    return "\n".join(parts)


def points_text(results: "Results") -> str:
    """A table with a row for each run."""
    metrics = list(dict.fromkeys(name for result in results.points for name in result.metrics))
    rows = [
        (r.point.name, r.happened, *(number(r.metrics[m]) if m in r.metrics else "" for m in metrics)) for r in results.points
    ]
    width = len(metrics) + 2
    return table([("run", "what happened", *metrics), *rows], right=range(2, width), drop=range(width - 1, 2, -1), wrap=1)


def groups_text(groups: "Sequence[Group]") -> str:
    """The spread of each metric: a list for one group, a table with a row for each combination of values for several."""
    if not groups or not any(group.metrics for group in groups):
        return ""
    if len(groups) == 1:
        return fields([(name, range_text(found)) for name, found in groups[0].metrics.items()])
    metrics = list(dict.fromkeys(name for group in groups for name in group.metrics))
    rows = [
        (" ".join(group.overrides), str(len(group.points)), *(spread_text(group.metrics.get(metric)) for metric in metrics))
        for group in groups
    ]
    width = len(metrics) + 2
    return table([("values", "runs", *metrics), *rows], right=range(1, width), drop=range(width - 1, 2, -1))


def range_text(found: "Spread") -> str:
    """A mean with its spread: `45.6 ± 1.2 (44.1 to 47, 5 runs)`."""
    if found.deviation is None:
        return f"{number(found.mean)} (1 run)"
    return f"{spread_text(found)} ({number(found.smallest)} to {number(found.largest)}, {count(found.count, 'run')})"


def best_text(best: "Choice[str]") -> str:
    """The best run, and by what."""
    why = ", as the spec has no `validate`" if best.by == "training loss" else ""
    return f"best: {best.run}, by the {best.by}{why}: {best.metric} {number(best.value)}\n"


def architectures_text(folder: "SweepFolder", results: "Results") -> str:
    """The comparison of the architectures that were found, as `spikegraph diff` prints it; empty if fewer than two were."""
    from spikegraph.genotype.agreement import agree  # noqa: PLC0415 (slow to import)
    from spikegraph.genotype.comparison_text import agreement_text, difference_text  # noqa: PLC0415
    from spikegraph.genotype.diff import diff  # noqa: PLC0415
    from spikegraph.program.networks import architecture_of  # noqa: PLC0415
    from spikegraph.runs.folder import RunFolder  # noqa: PLC0415

    finished = [(folder.run(r.point), r.point.name) for r in results.points if r.end == "finished"]
    found = [(run, name) for run, name in finished if RunFolder(run).read_summary().searched]
    if len(found) < 2:
        return ""
    if len(found) > MOST_COMPARED:
        return f"the architectures of {len(found)} runs; `spikegraph diff RUN RUN...` compares them\n"
    architectures = [architecture_of(run, name) for run, name in found]
    if len(architectures) == 2:
        return difference_text(diff(*architectures))
    return agreement_text(agree(architectures), columns(sys.stdout))
