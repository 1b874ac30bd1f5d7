"""Statistics of searches, against published examples and numbers worked out by hand."""

import numpy as np
import pytest

from spikegraph.searches.statistics import against_mean, against_one, bootstrap, mean_interval, paired, percentile

# Gosset's sleep data (Student 1908, Biometrika 6, table on page 20): additional hours of sleep with two drugs.
SLEEP = ([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


@pytest.mark.parametrize(
    ("value", "among", "expected"),
    [(3, [1, 2, 3, 4], 62.5), (9, [1, 2], 100), (0, [1, 2], 0), (1, [1], 50), (2.5, [1, 2, 3, 4], 50)],
)
def test_a_percentile(value, among, expected):
    assert percentile(value, among) == expected


def test_the_interval_of_a_mean():
    """The bootstrap's standard error is known: the sample's standard deviation (with n) over the root of n."""
    values = np.random.default_rng(1).normal(5, 2, 60)
    found = bootstrap(list(values))
    error = values.std() / np.sqrt(60)
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx(
        (values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=0.06 * error
    )
    assert found == bootstrap(list(values))


def test_the_interval_of_a_paired_difference_knows_the_pairs():
    """What both share is no uncertainty: the interval is that of the differences, not of two samples."""
    random = np.random.default_rng(2)
    common = random.normal(0, 50, 40)
    differences = random.normal(1, 0.5, 40)
    found = paired(list(common + differences), list(common))
    alone = bootstrap(list(differences))
    assert (found.value, found.low, found.high) == pytest.approx((alone.value, alone.low, alone.high))
    assert found.low > 0
    unpaired = bootstrap(list(common + differences), list(common), of=lambda a, b: float(a.mean() - b.mean()))
    assert unpaired.low < 0 < unpaired.high
    assert str(alone) == f"{alone.value:.2f} [{alone.low:.2f}, {alone.high:.2f}]"


def test_pairs_must_have_one_length():
    with pytest.raises(ValueError, match="shorter"):
        paired([1.0, 2.0], [1.0])


@pytest.mark.parametrize("count", [2, 3, 4, 5])
@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0])
def test_intervals_of_a_few_controls_cover(count: int, spread: float):
    """Accuracies on a test set of 1,000 images: a spread of architectures and seeds, in percent, and binomial counts.

    A search gives 3 % more than a random architecture. Of the controls a validation of 400 images chooses one, and the second
    interval is about what it chooses on average. A bootstrap of the same numbers covers 50 to 85 %.
    """
    random, runs = np.random.default_rng([count, round(10 * spread)]), 4_000
    quality = np.clip(0.72 + spread / 100 * random.standard_normal((runs, count)), 0, 1)
    tests = 100 * random.binomial(1_000, quality) / 1_000
    chosen = random.binomial(400, quality).argmax(1)
    at = np.arange(runs)
    searched = 100 * random.binomial(1_000, np.clip(0.75 + spread / 100 * random.standard_normal(runs), 0, 1)) / 1_000
    gain_of_best = 75 - 100 * quality[at, chosen].mean()
    covered = np.zeros(2)
    for value, others, best in zip(searched, tests, chosen, strict=True):
        mean, one = against_mean(value, list(others)), against_one(value, others[best], list(others))
        if mean is None or one is None:  # all equal: no interval, which misses nothing
            covered += 1
            continue
        covered += (mean.low <= 3 <= mean.high, one.low <= gain_of_best <= one.high)
    assert np.all((covered / runs > 0.93) & (covered / runs < 0.975))  # 97 %, and two standard errors of this simulation


def test_one_control_has_no_interval():
    assert against_mean(74.0, [70.0]) is None
    assert against_one(74.0, 70.0, [70.0, 70.0]) is None


@pytest.mark.parametrize("equal", [[70.4] * 6, [0.1] * 3, [71.4 - 71.1, 70.4 - 70.1, 0.3]])
def test_equal_values_have_no_interval(equal: list[float]):
    """Their mean may be rounded, so that they seem to deviate from it."""
    assert np.std(equal, ddof=1) > 0
    assert against_mean(99.0, equal) is None
    assert against_one(99.0, equal[0], equal) is None
    assert mean_interval(equal) is None


def test_the_mean_of_paired_differences_has_students_interval():
    """R 4 has for the sleep data: `t.test(extra ~ group, data = sleep, paired = TRUE)`: -1.58 [-2.4598858, -0.7001142]."""
    interval = mean_interval(np.subtract(*SLEEP).tolist())
    assert interval is not None
    assert (interval.value, interval.low, interval.high) == pytest.approx((-1.58, -2.4598858, -0.7001142), abs=1e-7)
    assert mean_interval([1.0]) is None
    assert mean_interval([1.0, 1.0]) is None
