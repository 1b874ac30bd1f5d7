"""The candidates of a search as rows of a table, for the command line and the report."""

from collections.abc import Sequence

from spikegraph.runs.trial import Trial

HEAD = ("candidate", "trained", "training loss", "validation", "architecture")
"""The columns of `rows`."""


def rows(trials: Sequence[Trial], architectures: Sequence[str], chosen: int | None) -> list[tuple[str, ...]]:
    """A row for each candidate; the chosen one is marked.

    Args:
        trials: The candidates.
        architectures: The architecture of each in short.
        chosen: The number of the one that the search chose.
    """
    return [
        (
            f"{trial.number}{' (chosen)' if trial.number == chosen else ''}",
            f"{100 * trial.share:.3g} %",
            *_numbers(trial),
            architecture,
        )
        for trial, architecture in zip(trials, architectures, strict=True)
    ]


def _numbers(trial: Trial) -> tuple[str, str]:
    """Training loss and validation after the largest share."""
    if not trial.record.points:
        return "", ""
    last = max(trial.record.points, key=lambda point: point.share)
    if last.training is None:
        return "diverged", ""
    return f"{last.training:.4g}", "" if last.measured is None else f"{last.measured:.4g}"
