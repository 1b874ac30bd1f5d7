"""Means, spreads, the best run, and the agreement of genotypes."""

import json
import statistics
from types import SimpleNamespace

import pytest

from spikegraph.analysis.verdict import verdict_of
from spikegraph.cli.overview_text import comparison_text
from spikegraph.cli.sweep_text import architectures_text
from spikegraph.overview.comparison import compare
from spikegraph.overview.curves import quantiles, read_curves, thinned
from spikegraph.overview.genotypes import agreements
from spikegraph.overview.listed import read_listed


def test_means_and_spreads_by_setting(make):
    paths = [make(f"lr=0.1/{k}", seed=k, accuracy=80.0 + k * k) for k in range(3)]
    paths += [make("lr=0.2/0", lr=0.2, accuracy=50.0), make("lr=0.2/1", seed=1, lr=0.2)]
    found = compare(read_listed(paths))
    assert found.states == {"finished": 4, "lost": 1}
    assert found.settings == ("search.weights.lr",)
    assert [(dict(p.settings), p.finished, len(p.runs)) for p in found.points] == [
        ({"search.weights.lr": 0.1}, 3, 3),
        ({"search.weights.lr": 0.2}, 1, 2),
    ]
    spread = found.points[0].spreads["accuracy_percent"]
    assert (spread.count, spread.smallest, spread.largest) == (3, 80.0, 84.0)
    assert spread.mean == pytest.approx(statistics.mean([80, 81, 84]))
    assert spread.deviation == pytest.approx(statistics.stdev([80, 81, 84]))
    assert found.points[1].spreads["accuracy_percent"].deviation is None


def test_the_best_is_chosen_by_the_validation_and_not_by_the_test(make):
    paths = [make("a", accuracy=99.0, validation=70.0), make("b", accuracy=60.0, validation=75.0), make("c")]
    (best,) = compare(read_listed(paths)).best
    choice = best.choice
    assert (choice.run.path.name, choice.by, choice.metric, choice.value, best.of) == (
        "b",
        "validation of the retraining",
        "accuracy_percent",
        75.0,
        2,
    )


def test_without_a_validation_of_all_the_loss_decides(make):
    (best,) = compare(read_listed([make("a", accuracy=70.0, validation=99.0), make("b", accuracy=90.0)])).best
    choice = best.choice
    assert (choice.run.path.name, choice.by, choice.metric) == ("b", "training loss", "loss")
    assert choice.value == pytest.approx(0.1)


@pytest.mark.parametrize(("higher", "best"), [(True, "b"), (False, "a"), (None, None)])
def test_a_metric_of_a_plug_in_that_isn_t_loaded_has_the_direction_that_its_runs_store(make, higher, best):
    """None: runs of an older version, which store none."""
    stored = {} if higher is None else {"directions": {"sharpness_percent": higher}}
    given = {"metric": "sharpness_percent", "summary": stored | {"baselines": {"guess": {"sharpness_percent": 65.0}}}}
    paths = [make(name, accuracy=value, validation=value, **given) for name, value in (("a", 60.0), ("b", 70.0))]
    runs = read_listed(paths)
    found, sentence = compare(runs), verdict_of(runs[1].run).sentence
    assert [choice.choice.run.path.name for choice in found.best] == ([] if best is None else [best])
    unknown = "nothing says whether more of `sharpness_percent` is better (load its plug-in: --plugin FILE.py)"
    if higher is None:
        assert found.undecided == {"small.sdhs": "sharpness_percent"}
        assert f"best of small.sdhs  {unknown}\n" in comparison_text(found, [])
        assert sentence == f"the network's sharpness, 70 %, isn't compared with guess (65 %): {unknown}"
    else:
        assert (found.undecided, "is better than guess" in sentence) == ({}, higher)


def test_agreement(make):
    runs = read_listed([make(f"{k}", seed=k, genotype=k == 2) for k in range(3)])
    (found,) = agreements(runs)
    assert (len(found.runs), found.distinct, found.common, found.agreement.choices) == (3, 2, 2, 2)
    assert found.differences == (0, 0, 1)
    assert [(str(v.kept), v.of) for v in found.agreement.votes] == [
        ("c3(prev2)", (0, 1, 2)),
        ("c3(prev)", (0, 1)),
        ("skip(prev)", (2,)),
    ]


WIRED = """sdhs 1
neuron lif { }
candidates some {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell plain { nodes = 1  candidates = some  neuron = lif }
network net {
  input x : real[3, 8, 8]
  time = 2
  stem = x -> stem(3, out = 4)
  output logits = stem -> chain([plain], width = 2) -> pool -> linear(2) -> mean(time)
}
"""


def wired(make, first, second):
    """Two runs whose genotypes differ in their text; both inputs of the cell are the stem."""
    paths = [make("a", genotype=1, spec=WIRED), make("b", genotype=1, spec=WIRED)]
    for path, (a, b) in zip(paths, (first, second), strict=True):
        (path / "genotype.sdhs").write_text(f"sdhs 1\n\ngenotype plain {{\n  n0 = {a}(prev2) + {b}(prev)\n}}\n")
    return paths


def wired_agreement(make):
    (found,) = agreements(read_listed(wired(make, ("c3", "skip"), ("skip", "c3"))))
    return found


def test_genotypes_that_are_one_network_are_one(make):
    found = wired_agreement(make)
    assert (found.distinct, found.common, found.differences, found.networks) == (1, 2, (0, 0), True)
    assert [(str(v.kept), v.of) for v in found.agreement.votes] == [("c3(prev2)", (0, 1)), ("skip(prev)", (0, 1))]


def test_more_genotypes_than_networks_are_built_for_are_compared_by_their_texts(make, monkeypatch):
    monkeypatch.setattr("spikegraph.overview.genotypes.MOST_BUILT", 1)
    found = wired_agreement(make)
    assert (found.distinct, found.networks) == (2, False)


@pytest.mark.parametrize("candidates", [False, True], ids=["a supernet", "a search that trains candidates"])
def test_a_sweep_compares_networks(make, candidates):
    runs = wired(make, ("c3", "skip"), ("skip", "c3"))
    for run in runs:
        phase = {"epochs": 1, "steps": 2, "seconds": 1.0, "parameters": 9, "losses": {"loss": 1.0}}
        cost = {"candidates": 2, "trainings": 2.0, "seconds": 1.0}
        of = {"cost": cost} if candidates else {"search": phase}
        (run / "summary.json").write_text(json.dumps({"format_version": 1, "complete": True, **of}))
    points = [SimpleNamespace(end="finished", point=SimpleNamespace(name=run.name)) for run in runs]
    folder = SimpleNamespace(run=lambda point: runs[0].parent / point.name)
    text = architectures_text(folder, SimpleNamespace(points=points))
    assert text.startswith("a and b are the same network: only names differ\n")


def test_genotypes_of_other_cells_are_not_compared(make):
    other = "sdhs 1\n\ncell plain {\n  nodes = 2\n}\n"
    runs = read_listed([make("a", genotype=0), make("b", genotype=0), make("c", genotype=1, spec=other)])
    assert [len(a.runs) for a in agreements(runs)] == [2]


def test_a_damaged_genotype_is_told(make):
    paths = [make("a", genotype=0), make("b", genotype=0), make("c")]
    (paths[2] / "genotype.sdhs").write_text("sdhs 1\ngenotype {")
    told = []
    (found,) = agreements(read_listed(paths), told.append)
    assert len(found.runs) == 2
    assert told == [f"{paths[2] / 'genotype.sdhs'} has errors; `spikegraph check` shows them"]


def test_curves_and_their_quantiles(make):
    runs = read_listed([make(f"{k}", seed=k, epochs=[10.0 + k, float(k)][: 2 - (k == 10)]) for k in range(11)])
    curves = [next(iter(read_curves(run).found.values())) for run in runs]
    assert curves[3] == [(1.0, 13.0), (2.0, 3.0)]
    found = quantiles(curves)
    assert (found.counts, found.median[0], found.low[0], found.high[0]) == ([11, 10], (1.0, 15.0), (1.0, 11.0), (1.0, 19.0))
    assert found.median[1] == (2.0, 4.5)
    # A median ends with the last epoch that half of the curves have.
    lengths = quantiles([(float(x), float(k)) for x in range(length)] for k, length in enumerate((2, 2, 3, 4)))
    assert (lengths.counts, lengths.median) == ([4, 4, 2], [(0.0, 1.5), (1.0, 1.5), (2.0, 2.5)])


def test_steps_of_an_epoch_are_those_of_training(make):
    """An epoch of 4 steps with two rounds of a surrogate search behind them, of 10 iterations and of 5, each of two neurons."""
    run = make("run", epochs=[2.0, 1.0])
    path = run / "metrics.jsonl"
    lines = []
    for line in map(json.loads, path.read_text().splitlines()):
        head = {
            "time": 1.0,
            "event": "dgs",
            "phase": "retrain",
            "epoch": line["epoch"],
            "place": "all",
            "b": 2.0,
            "b_before": 3.0,
        }
        rest = {"candidates": [2.0], "alpha": [1.0], "gradient_norm": [1.0], "loss": 1.0, "mixed_loss": 1.0}
        for step, iterations in ((14, 10), (19, 5)):
            lines += [{**head, "step": step, "neuron": name, **rest, "iterations": iterations} for name in ("a", "b")]
        lines.append({**line, "step": 19})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_curves(*read_listed([run])).steps == {"retrain": 4}


def test_thinned_curves_keep_both_ends():
    curve = [(float(x), 0.0) for x in range(100)]
    found = thinned(curve, 7)
    assert (len(found), found[0], found[-1]) == (7, curve[0], curve[-1])
    assert thinned(curve, 100) == curve
