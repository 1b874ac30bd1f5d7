"""Conditions and orders of runs."""

import json

import pytest

from spikegraph.overview.listed import read_listed
from spikegraph.overview.where import Condition, WhereError, chosen, ordered


@pytest.fixture
def runs(make):
    return read_listed(
        [make("a", seed=1, lr="1e-2", accuracy=80.0), make("b", seed=2, lr=0.5, accuracy=91.5), make("c", seed=10, lr=0.01)]
    )


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["state=finished"], "ab"),
        (["state!=finished"], "c"),
        (["state=l*"], "c"),
        (["seed>=2"], "bc"),
        (["seed > 2"], "c"),
        (["seed=10"], "c"),
        (["spec=small"], "abc"),
        (["spec=small.sdhs"], "abc"),
        (["spec=other"], ""),
        (["accuracy_percent>80"], "b"),
        (["accuracy_percent<=80"], "a"),
        (["accuracy_percent!=80"], "bc"),
        (["search.weights.lr=0.01"], "ac"),
        (["search.weights=sgd"], "abc"),
        (["run=*/b"], "b"),
        (["run!=*lr=0.01"], "abc"),
        (["started<2026-01-01T00:00:02"], "a"),
        (["seed>1", "state=finished"], "b"),
    ],
)
def test_conditions(runs, texts, expected):
    found = chosen(runs, [Condition.parse(text) for text in texts])
    assert "".join(run.path.name for run in found) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "failed",
            "`failed` is not a condition; write COLUMN, one of = != < <= > >=, and a value, such as state=failed, seed>=3, "
            "spec=stereo or search.weights.lr=0.01",
        ),
        ("seed>many", "`seed>many` compares with `many`, which isn't a number; `>` compares numbers"),
        (
            "state=broken",
            "`state=broken`: no state is called `broken`; the states are running, finished, failed, stopped, lost",
        ),
        ("sead=1", "no run has a column `sead`; did you mean `seed`?"),
        ("qqqqqqqqq=1", "no run has a column `qqqqqqqqq`; `--json` names the columns"),
    ],
)
def test_bad_conditions(runs, text, message):
    with pytest.raises(WhereError) as caught:
        chosen(runs, [Condition.parse(text)])
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ("cross_entropy(logits, ignore = 2)", "cross_entropy(logits, ignore = 3)"),
        ("0.1 * mse(y) + l1(y, of = (a, b))", "0.1 * mse(y)"),
        ('[adam(lr = 0.1), "a < b"]', "[adam(lr = 0.1)]"),
        ("/data/set=1", "/data/set=2"),
    ],
)
def test_values_may_have_signs(runs, value, other):
    for each, text in zip(runs, (value, other, value), strict=True):
        each.values["retrain.loss"] = text
    for sign, expected in (("=", "ac"), ("!=", "b")):
        for text in (f"retrain.loss{sign}{value}", f"retrain.loss {sign} {value}"):
            assert "".join(run.path.name for run in chosen(runs, [Condition.parse(text)])) == expected


def test_a_folder_of_a_sweep_has_signs_in_its_name(make):
    runs = read_listed([make("lr=0.01,seed-0"), make("lr=0.1,seed-0")])
    for text in ("run=*lr=0.1,*", f"run = {runs[1].path}"):
        assert chosen(runs, [Condition.parse(text)]) == [runs[1]]
    for text in ("spec=small seed=3", "spec=small(a = 1) seed=3", "spec=small seed>3", "seed==3", "run==a"):
        with pytest.raises(WhereError, match="is not a condition"):
            Condition.parse(text)


def test_the_seconds_of_a_run_have_those_of_its_candidates(make):
    path = make("a", accuracy=80.0)
    (found,) = read_listed([path])
    assert found.seconds == 1.5
    summary = json.loads((path / "summary.json").read_text())
    for chosen_one, seconds in ((2, 7.0), (None, 8.5)):  # the training of the chosen one is that of the run
        cost = {"candidates": 3, "trainings": 3.0, "seconds": 7.0, "chosen": chosen_one}
        (path / "summary.json").write_text(json.dumps(summary | {"cost": cost}))
        assert read_listed([path])[0].seconds == seconds


@pytest.mark.parametrize(
    ("column", "reverse", "expected"),
    [
        ("started", False, "abc"),
        ("-started", False, "cba"),
        ("-started", True, "abc"),
        ("seed", True, "cba"),
        ("accuracy_percent", False, "abc"),
        ("-accuracy_percent", False, "bac"),
        ("state", False, "abc"),
    ],
)
def test_orders(runs, column, reverse, expected):
    """Numbers by size, and runs without a value last."""
    assert "".join(run.path.name for run in ordered(runs, column, reverse=reverse)) == expected


def test_a_bad_order(runs):
    with pytest.raises(WhereError, match="no run has a column `acuracy_percent`; did you mean `accuracy_percent`"):
        ordered(runs, "acuracy_percent")
