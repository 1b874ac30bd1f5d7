"""Statistics of two samples: one-sided tests that one is larger, and rank correlation."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

STATS: Any = import_module("scipy.stats")  # without types


def welch(a: Sequence[float], b: Sequence[float]) -> float:
    """The one-sided p of Welch's test that the mean of a is larger than that of b."""
    return float(STATS.ttest_ind(a, b, equal_var=False, alternative="greater").pvalue)


def mann_whitney(a: Sequence[float], b: Sequence[float]) -> float:
    """The one-sided p of the Mann-Whitney test that values of a tend to be larger than those of b."""
    return float(STATS.mannwhitneyu(a, b, alternative="greater").pvalue)


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's rank correlation; equal values share their mean rank, and a constant has the correlation 0."""
    if len(set(a)) < 2 or len(set(b)) < 2:
        return 0.0
    return float(STATS.spearmanr(a, b).statistic)
