"""Means, spreads, and the best run by the validation."""

import numpy as np
import pytest

from spikegraph.runs.best import Choice
from spikegraph.runs.spread import Spread, spread, spreads
from spikegraph.sweep.folder import Plan, SweepFolder
from spikegraph.sweep.points import Point
from spikegraph.sweep.results import PointResult, results


def test_spreads():
    values = list(np.random.default_rng(3).normal(7, 2, 9))
    found = spread(values)
    assert found.mean == pytest.approx(np.mean(values), abs=1e-12)
    assert found.deviation == pytest.approx(np.std(values, ddof=1), abs=1e-12)
    assert (found.smallest, found.largest, found.count) == (min(values), max(values), 9)
    assert spread([4.0]) == Spread(4.0, None, 4.0, 4.0, 1)
    assert {name: s.count for name, s in spreads([{"a": 1.0, "b": 2.0}, {"a": 3.0}]).items()} == {"a": 2, "b": 1}


BY = {"validation": "validation of the retraining", "search": "validation of the search", "loss": "training loss"}


def point(name, *overrides, end="finished", metrics=0.0, **judged):
    found = {BY[by]: {"loss" if by == "loss" else "accuracy_percent": value} for by, value in judged.items()}
    return PointResult(Point(name, 0, overrides), end, end, 1, 0, {"accuracy_percent": metrics}, found)


def test_the_best_is_the_one_by_the_validation_of_the_retraining():
    """Section 10.3 of the paper; not the one with the best test result."""
    a, b = point("a", metrics=90.0, validation=70.0, search=99.0), point("b", metrics=80.0, validation=75.0, search=50.0)
    assert results([a, b]).best == Choice("b", "validation of the retraining", "accuracy_percent", 75.0)


def test_without_it_the_search_s_validation_decides_and_then_the_training_loss():
    a, b = point("a", metrics=90.0, search=50.0, loss=0.1), point("b", metrics=80.0, search=60.0, loss=0.2)
    assert results([a, b]).best == Choice("b", "validation of the search", "accuracy_percent", 60.0)
    assert results([a, point("c", metrics=95.0, loss=0.3)]).best == Choice("a", "training loss", "loss", 0.1)
    assert results([point("a"), point("b")]).best is None
    assert results([]).best is None


def test_errors_are_better_if_they_are_lower_and_the_first_of_equals_wins():
    rows = [
        PointResult(Point(n, 0), "finished", "finished", 1, 0, {}, {"validation of the search": {"mean_depth_error_cm": v}})
        for n, v in (("a", 9.0), ("b", 3.0), ("c", 3.0))
    ]
    assert results(rows).best == Choice("b", "validation of the search", "mean_depth_error_cm", 3.0)


@pytest.mark.parametrize(("higher", "best"), [(True, "a"), (False, "b"), (None, None)])
def test_metrics_of_plug_ins_have_the_stored_direction(higher, best):
    stored = {} if higher is None else {"sharpness_percent": higher}
    rows = [
        PointResult(Point(n, 0), "finished", "finished", 1, 0, {}, {BY["validation"]: {"sharpness_percent": v}}, stored)
        for n, v in (("a", 9.0), ("b", 3.0))
    ]
    found = results(rows)
    assert (None if found.best is None else found.best.run) == best
    assert found.undecided == ("sharpness_percent" if higher is None else None)


def test_runs_that_failed_count_nowhere():
    failed = point("c", "lr=2", end="failed", metrics=99.0, loss=0.0)
    rows = [point("a", "lr=1", metrics=50.0, loss=0.2), point("b", "lr=1", metrics=60.0, loss=0.1), failed]
    found = results(rows)
    (group,) = found.groups
    assert (group.overrides, group.points, group.metrics["accuracy_percent"].mean) == (("lr=1",), ("a", "b"), 55.0)
    assert found.best == Choice("b", "training loss", "loss", 0.1)
    assert (found.count("finished"), found.count("failed")) == (2, 1)


def test_groups_are_combinations_of_values():
    rows = [point(f"{lr}{seed}", f"lr={lr}", metrics=10.0 * lr + seed) for lr in (1, 2) for seed in (0, 2)]
    assert [(g.overrides, g.metrics["accuracy_percent"].mean) for g in results(rows).groups] == [
        (("lr=1",), 11.0),
        (("lr=2",), 21.0),
    ]


def test_a_sweep_begins_without_what_an_unfinished_start_left(tmp_path):
    folder = SweepFolder(tmp_path / "sweep")
    folder.path.mkdir()
    folder.joined.write_text("sdhs 1\n# of another spec, with its imports\n")
    folder.genotype.write_text("sdhs 1\n")
    plan = Plan("net.sdhs", (Point("seed-0", 0),), ("spikegraph",), str(tmp_path), "2026", 1, 1, 1, "cpu")
    folder.begin(plan, "sdhs 1\n", None, None)
    assert (folder.spec.read_text(), folder.joined.exists(), folder.genotype.exists()) == ("sdhs 1\n", False, False)
