"""The predictor ranks architectures that it has not seen, and says how sure it is."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from spaces import SMALL, convolutions

from spikegraph.searches.predictor import Predictor, normal_scores


def test_it_ranks_what_it_has_not_seen():
    random = np.random.default_rng(0)
    everything = SMALL.all()
    seen = [everything[k] for k in random.permutation(len(everything))[:40]]
    noise = 0.1 * random.standard_normal(40)
    predictor = Predictor.of({a: convolutions(a) + e for a, e in zip(seen, noise, strict=True)})
    others = [a for a in everything if a not in seen]
    mean, spread = predictor.predict(others)
    assert spearmanr(mean, [convolutions(a) for a in others]).statistic > 0.8
    assert np.all(spread > 0)


def test_it_is_surer_near_what_it_has_seen():
    random = np.random.default_rng(1)
    everything = SMALL.all()
    seen = [everything[k] for k in random.permutation(len(everything))[:20]]
    predictor = Predictor.of({a: convolutions(a) for a in seen})
    near = [SMALL.mutated(a, random) for a in seen]
    far = sorted(everything, key=lambda a: min(len(set(a.decisions) ^ set(s.decisions)) for s in seen))[-20:]
    assert predictor.predict(near)[1].mean() < predictor.predict(far)[1].mean()


def test_the_posterior_is_that_of_the_process():
    """Against the textbook's formula, solved as one linear system with the predictor's own kernel parameters."""
    random = np.random.default_rng(2)
    everything = SMALL.all()
    seen = [everything[k] for k in random.permutation(len(everything))[:15]]
    measures = [convolutions(a) + 0.1 * random.standard_normal() for a in seen]
    predictor = Predictor.of(dict(zip(seen, measures, strict=True)))
    again, _ = predictor.predict(seen)
    assert again == pytest.approx(predictor.mean, abs=1e-9)
    # Shrunk towards the mean, never beyond the measures' spread.
    assert np.abs(predictor.mean).max() < np.abs(normal_scores(measures)).max()


def test_measures_count_by_rank():
    architectures = SMALL.all()[:8]
    measures = [3.0, 1.0, 2.0, 8.0, 5.0, 4.0, 7.0, 6.0]
    stretched = [np.exp(m) for m in measures[:-1]] + [np.exp(6.0)]
    one, other = (Predictor.of(dict(zip(architectures, m, strict=True))) for m in (measures, stretched))
    assert one.mean == pytest.approx(other.mean)
    diverged = Predictor.of(dict(zip(architectures, [*measures[:3], float("inf"), *measures[4:]], strict=True)))
    assert diverged.mean == pytest.approx(one.mean)


def test_equal_measures_have_equal_scores():
    scores = normal_scores([1.0, 2.0, 2.0, 5.0])
    assert scores[1] == scores[2]
    assert scores[0] == pytest.approx(-scores[3])
    assert scores.std() == pytest.approx(1.0)
    assert list(normal_scores([4.0, 4.0])) == [0.0, 0.0]
