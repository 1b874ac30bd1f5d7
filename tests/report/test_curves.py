"""Curves of losses and metrics on the page, and the files that are saved."""

from types import SimpleNamespace

import pytest
from reader import section, titles
from saved_files import journal, saved

from spikegraph.backends.report.sections.curves import losses, measured, rates


def charts(part, phase):
    """The charts of a phase, by title."""
    children = [c for c in part.children if not isinstance(c, str)]
    at = next(k for k, c in enumerate(children) if c.tag == "h3" and c.text == phase)
    return {f.one("strong").text: f for f in children[at + 1].all("figure")}


def test_the_mean_of_an_epoch_is_drawn_at_its_middle(tree, runs):
    chart = charts(section(tree("seed0"), "curves"), "Retrain")["loss"]
    drawing = next(chart.all("svg", role="img"))
    grid = {t.text: float(t.attributes["x"]) for t in drawing.all("text", text_anchor="middle") if t.text.isdigit()}
    dots = [float(d.attributes["cx"]) for d in drawing.all("circle")]
    middles = [(grid[str(k)] + grid[str(k + 1)]) / 2 for k in range(4)]
    assert dots == pytest.approx(middles, abs=0.2)
    # Its number is that of the epoch.
    assert [d.one("title").text for d in drawing.all("circle")][:2] == [
        "mean of the epoch: 2 at 1",
        "mean of the epoch: 1 at 2",
    ]


def test_the_numbers_of_a_loss_are_those_of_the_journal(tree, runs):
    part = section(tree("seed0"), "curves")
    for phase in ("search", "retrain"):
        name, (head, *rows) = saved(charts(part, phase.capitalize())["loss"])
        assert name == f"{phase}-loss.csv"
        assert head == ["curve", "epoch", "loss"]
        steps = journal(runs["seed0"], phase, "step")
        last = max(e["step"] for e in steps)
        assert [[label, float(x), float(y)] for label, x, y in rows] == [
            *(["seed0, steps", e["epoch"] - 1 + e["step"] / last, e["losses"]["loss"]] for e in steps),
            *(["mean of the epoch", e["epoch"], e["losses"]["loss"]] for e in journal(runs["seed0"], phase, "epoch")),
        ]


def test_the_accuracy_of_each_epoch(tree, runs):
    figure = charts(section(tree("images"), "curves"), "Retrain")["accuracy"]
    assert "validation set; higher is better" in figure.text
    name, (head, *rows) = saved(figure)
    assert name == "retrain-accuracy.csv"
    assert head == ["curve", "epoch", "accuracy (%)"]
    assert [(int(float(x)), float(y)) for _, x, y in rows] == [
        (e["epoch"], e["metrics"]["accuracy_percent"]) for e in journal(runs["images"], "retrain", "epoch")
    ]


def test_a_run_without_a_validation_says_how_to_get_one(tree):
    notes = [p.text for p in section(tree("seed0"), "curves").all("p") if "No metrics per epoch" in p.text]
    assert len(notes) == 2
    assert "the spec's `retrain` has no `validate`, such as `validate = 0.1`".replace("`", "") in notes[0]
    (note,) = (p.text for p in section(tree("images"), "curves").all("p") if "No metrics per epoch" in p.text)
    assert "search" in note


def test_only_losses_have_a_switch_to_a_logarithmic_axis(tree):
    for figure in section(tree("images"), "curves").all("figure"):
        drawings = list(figure.all("svg", role="img"))
        switched = figure.one("strong").text.endswith("loss")
        assert len(list(figure.all("input", type="checkbox"))) == switched
        assert ["log" in d.classes for d in drawings] == ([False, True] if switched else [False])


@pytest.mark.parametrize("names", [("seed0",), ("images",), ("seed0", "seed1")], ids="-".join)
def test_every_chart_can_be_saved(tree, names):
    count = 0
    for figure in tree(*names).all("figure"):
        if "chart" in figure.classes:
            name, (head, *rows) = saved(figure)
            assert rows
            assert {len(row) for row in rows} == {len(head)}
            assert figure.one("button", data_save=name.replace(".csv", ".svg")).text == "SVG"
            count += 1
    assert count > 20
    assert titles(tree(*names), "curves")


def test_before_the_end_of_an_epoch_the_axis_is_the_step():
    """Ten steps of the first epoch, of which nobody knows how many there are."""
    first = [SimpleNamespace(epoch=1, step=step, losses={"loss": 1.0}, lr=0.1) for step in (5, 10, 40)]
    begun = SimpleNamespace(label="begun", steps=lambda _: first[:2], epochs=lambda _: [])
    other = SimpleNamespace(label="other", steps=lambda _: first, epochs=lambda _: first[:1])
    for charts_of in (losses, rates):
        (chart,) = charts_of([begun], "retrain")
        assert chart.x == "step of the first epoch"
        assert [x for x, _ in chart.lines[0].points] == [5, 10]
        (chart,) = charts_of([begun, other], "retrain")
        assert chart.x == "epoch"
        assert [x for x, _ in chart.lines[0].points] == [0.125, 0.25]


def test_a_metric_without_a_unit_has_no_brackets():
    found = {"run": {1: {"mean_squared_error": 2.0, "mean_depth_error_cm": 3.0}}}
    assert [chart.y for chart in measured(found, "epoch", {})] == ["mean squared error", "mean depth error (cm)"]
