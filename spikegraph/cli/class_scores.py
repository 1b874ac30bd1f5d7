"""The scores of classes and their confusion matrix as text."""

from collections.abc import Mapping

from spikegraph.base.metric_names import name_and_unit
from spikegraph.cli.run_text import number
from spikegraph.cli.text_table import table

MOST_CLASSES = 30
"""Most classes that are listed: those with the lowest scores."""

MOST_COLUMNS = 10
"""Most classes of a confusion matrix that is printed."""


def classes_text(scores: Mapping[str, Mapping[str, float]], confusion: Mapping[str, Mapping[str, int]]) -> str:
    """The scores of classes as a table with a row for each, and their confusion matrix if it isn't too large."""
    measures = list(dict.fromkeys(name for of in scores.values() for name in of))
    head = [f"{name}, {unit}" if unit else name for name, unit in map(name_and_unit, measures)]
    by = min(1, len(measures) - 1)  # behind the number of samples, where there is one
    shown = list(scores)
    if len(shown) > MOST_CLASSES and measures:
        shown = sorted(shown, key=lambda name: scores[name].get(measures[by], -1))[:MOST_CLASSES]
    rows = [(name, *(_cell(measure, scores[name].get(measure)) for measure in measures)) for name in shown]
    text = table([("class", *head), *rows], right=range(1, len(head) + 1))
    if len(shown) < len(scores):
        text += f"{len(scores) - len(shown):,} classes with a higher {head[by]} aren't shown; --json has all\n"
    if not confusion or len(scores) > MOST_COLUMNS:
        return text
    counts = [(true, *(f"{confusion.get(true, {}).get(k, 0):,}" for k in scores)) for true in confusion]
    return f"{text}\n{table([('true class, by predicted', *scores), *counts], right=range(1, len(scores) + 1))}"


def _cell(measure: str, score: float | None) -> str:
    """A score; one without a unit that is whole, such as a count, with all digits."""
    if score is None:
        return ""
    return number(score) if name_and_unit(measure)[1] or score != int(score) else f"{int(score):,}"
