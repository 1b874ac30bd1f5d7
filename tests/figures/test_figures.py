"""Every figure of small real runs: its pages fit a paper, and its numbers are those of the runs' records."""

from __future__ import annotations

import json
import shutil
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

import spikegraph
from spikegraph.api.figures import figure
from spikegraph.backends.report.paper.catalogue import FIGURES
from spikegraph.backends.torch.activity import activity
from spikegraph.charts.format_number import number
from spikegraph.data.sets import data_sets

from .paper_page import Page, page_of

STEPS = 3
"""Time steps that are measured, in place of a hundred."""

NEURON = "features.stem0"


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spikegraph.backends.torch.activity.MOST_STEPS", STEPS)


@pytest.fixture(scope="module")
def second(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run like `stereo`, whose snapshot is better by one metric and worse by the other."""
    copy = tmp_path_factory.mktemp("second") / "second"
    shutil.copytree(runs / "stereo", copy)
    (snapshot,) = copy.glob("snapshots/**/*.json")
    found = json.loads(snapshot.read_text())
    found["metrics"] |= {"one_pixel_accuracy_percent": 12.5, "mean_depth_error_cm": 99_999.0}
    snapshot.write_text(json.dumps(found))
    return copy


def pages(name: str, *runs: Path) -> list[Page]:
    return [page_of(svg) for svg in figure(name, runs).svgs()]


def journal(run: Path, event: str, phase: str = "retrain") -> list[dict]:
    lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return [line for line in lines if line["event"] == event and line["phase"] == phase]


def check_fits(found: list[Page]) -> None:
    """Pages are as wide as a column or a page, at most 650 points high, and no text is smaller than 6 points or beside them."""
    for page in found:
        assert page.width in (252, 510)
        assert page.height <= 650
        assert page.texts
        assert min(text.size for text in page.texts) >= 6 - 1e-3
        outside = [t for t in page.texts if not (-1 <= t.x <= page.width + 1 and 0 <= t.y <= page.height + 1)]
        assert outside == []


@pytest.mark.parametrize("name", FIGURES)
def test_pages_fit_a_paper(runs: Path, name: str) -> None:
    found = pages(name, runs / "stereo")
    check_fits(found)
    assert found[0].titles[0] == f"Figure {name}: {FIGURES[name].shows}"


@pytest.mark.parametrize("name", ["1", "2", "5", "6", "8"])
def test_pages_of_a_classifier_fit(runs: Path, name: str) -> None:
    check_fits(pages(name, runs / "images"))


def test_the_search_space_has_every_candidate_and_layer(runs: Path) -> None:
    (page,) = pages("1", runs / "stereo")
    assert {"(a) cell level search space", "(b) layer level search space", "feature", "matching_path"} <= set(page.words)
    edges = 4  # each node takes both inputs; there is one in each of two cells
    assert [page.words.count(name) for name in ("c3", "c5", "skip")] == [edges + 1] * 3  # and the legend
    (images,) = pages("1", runs / "images")
    assert "cell level search space" in images.words
    assert not any(word.startswith("(") for word in images.words)


def test_architectures_of_several_runs_are_lettered(runs: Path) -> None:
    found = [word for page in pages("2", runs / "images", runs / "stereo") for word in page.words]
    assert [word for word in found if word.startswith("(")] == ["(a) images", "(b) stereo"]
    assert {"normal", "reduction", "feature", "matching", "feature_path", "matching_path", "concat"} <= set(found)


def test_a_node_mixes_before_its_only_neuron(runs: Path) -> None:
    (page,) = pages("6", runs / "images")
    text = " ".join(page.words)
    assert (text.count("row 0 of alpha"), text.count("sum of edges"), text.count("spiking, dspike")) == (1, 1, 1)


def test_maps_have_the_errors_of_the_stored_predictions(runs: Path, second: Path) -> None:
    (page,) = pages("3", runs / "stereo")
    found = spikegraph.Run(runs / "stereo")._record.examples.found
    errors = [np.abs(e.predicted - e.truth)[np.isfinite(e.truth)].mean() for e in found]
    assert [word for word in page.words if "error" in word] == [f"mean error {number(float(e))} px" for e in errors]
    assert page.words[:3] == ["events", "truth", "prediction"]
    assert (page.width, page.pictures) == (252, 3 * len(found) + 1)
    (both,) = pages("3", runs / "stereo", second)
    assert both.words[:4] == ["events", "truth", "stereo", "second"]
    assert (both.width, both.pictures) == (510, 4 * len(found) + 1)


def test_temperatures_and_gradients_are_those_of_the_journal(runs: Path) -> None:
    epochs, (first, *_) = journal(runs / "stereo", "epoch"), journal(runs / "stereo", "dgs")
    (page,) = pages("4a", runs / "stereo")
    wanted = [(0, first["b_before"]), *((e["epoch"], e["temperatures"][NEURON]) for e in epochs)]
    assert list(page.titles[1:]) == [f"stereo: {number(b)} at {epoch}" for epoch, b in wanted]
    (page,) = pages("4b", runs / "stereo")
    errors = [(e["epoch"], 100 - e["metrics"]["one_pixel_accuracy_percent"]) for e in epochs]
    norms = [(e["epoch"], e["gradient_norms"][NEURON]) for e in epochs]
    assert list(page.titles[1:]) == [f"stereo: {number(value)} at {epoch}" for epoch, value in errors + norms]


def test_activity_is_that_of_the_network_on_the_whole_sequence(runs: Path) -> None:
    """Each step's rate is the mean of what a hook sees where all time steps are run as one."""
    found = activity(runs / "stereo")
    run = spikegraph.Run(runs / "stereo")
    source = data_sets(run.spec.spec.datasets["mvsec"], None, run.seed).test.source
    stream = source.stream()
    assert stream is not None
    moments = list(islice(stream, STEPS))
    views = {name: torch.from_numpy(np.stack([m.inputs[name] for m in moments])).float()[:, None] for name in ("left", "right")}
    model, seen = run.model().eval(), []
    model.features.stem0.register_forward_hook(lambda module, inputs, value: seen.append(value.detach().float()))
    with torch.inference_mode():
        model(views["left"], views["right"])
    for name, value in zip(("left", "right"), seen, strict=True):
        assert found.rates[f"features@{name}.stem0"] == pytest.approx(value.mean((1, 2, 3, 4)).tolist(), abs=1e-9)
        assert found.events[name] == pytest.approx((views[name] != 0).double().mean((1, 2, 3, 4)).tolist())
    assert max(found.rates["features@left.stem0"]) > 0


def test_layers_of_features_and_behind_the_cost_volume_are_apart(runs: Path) -> None:
    (features,), (matching,) = pages("4c", runs / "stereo"), pages("4d", runs / "stereo")
    assert features.words[-6:] == [*(f"features.{n}" for n in ("stem0", "stem1", "cells[0]", "cells[1]", "restore")), "events"]
    assert matching.words[-5:] == ["stem0", "stem1", "cells[0]", "cells[1]", "events"]


def test_rates_and_costs_are_those_of_the_evaluation(runs: Path) -> None:
    run = runs / "stereo"
    shown = pages("5", run)
    rates = json.loads((run / "summary.json").read_text())["evaluation"]["firing_rates"]
    titles = [title for page in shown for title in page.titles[1:]]
    matching = ("stem0", "stem1", "cells[0].n0", "cells[1].n0")
    neurons = [*(f"features@{view}.{name}" for view in ("left", "right") for name in (*matching, "restore")), *matching]
    assert titles == [f"{name}: {number(rates[name])}" for name in neurons]
    costs = spikegraph.stats(run)
    additions = sum(layer.fired for layer in costs.layers)
    head = ["network", "additions", "multiply-accumulates", "mJ (cmos-45nm)"]
    assert shown[-1].words[-8:] == [*head, "stereo", number(additions), "0", number(costs.millijoules)]


def test_progress_is_that_of_the_snapshots_and_the_best_of_them(runs: Path, second: Path) -> None:
    (file,) = (runs / "stereo").glob("snapshots/**/*.json")
    own = json.loads(file.read_text())["metrics"]
    accuracy, error = own["one_pixel_accuracy_percent"], own["mean_depth_error_cm"]
    (page,) = pages("7", runs / "stereo", second)
    assert list(page.titles[1:]) == [
        *(f"{label}: {number(value)} at 1" for label, value in (("stereo", accuracy), ("second", 12.5), ("best", 12.5))),
        *(f"{label}: {number(value)} at 1" for label, value in (("stereo", error), ("second", 99_999), ("best", error))),
    ]


def test_a_run_that_is_called_best_keeps_its_curve(runs: Path, second: Path, tmp_path: Path) -> None:
    best = shutil.copytree(second, tmp_path / "best")
    (page,) = pages("7", runs / "stereo", best)
    assert {title.split(":")[0] for title in page.titles[1:]} == {"stereo", "best", "best of all"}
    assert "best: 99,999 at 1" in page.titles


def test_surrogates_have_the_temperatures_of_the_run(runs: Path) -> None:
    (page,) = pages("8", runs / "stereo")
    reached = {3.0, journal(runs / "stereo", "epoch")[-1]["temperatures"][NEURON]}
    assert [word for word in page.words if word.startswith("b = ")] == [f"b = {b:g}" for b in sorted(reached)]
    assert [word for word in page.words if word.isalpha()] == ["dspike", "triangle", "superspike", "arctan"]


@pytest.mark.in_python
def test_in_python(runs: Path, tmp_path: Path) -> None:
    run = spikegraph.Run(runs / "stereo")
    found = run.figure("8")
    assert repr(found) == "<Figure 8: shapes of surrogates at the temperatures of the runs>"
    assert found._repr_svg_() == figure("8", [runs / "stereo"]).svg()
    assert found.write(tmp_path / "new" / "shapes.svg") == [tmp_path / "new" / "shapes.svg"]
    with pytest.raises(spikegraph.ArgumentError, match="`figure` is '9'; the choices are `1`, `2`, `3`, `4a`"):
        run.figure("9")
