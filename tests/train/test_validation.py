"""Validation after each epoch, the best epoch by its metric, early stopping, and gradients added up over batches."""

import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import torch
from tiny_run import LOSS, At, Sets, job, retrain_run, search_run, stereo_graph, stereo_set, train

from spikegraph.analysis.dgs_curves import error_chart
from spikegraph.backends.torch.datasets import collate, item
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.train.checkpoint import load_model
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.step import step
from spikegraph.base.errors import Interrupted
from spikegraph.base.processes import ONE
from spikegraph.base.progress import Silent
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.journal import read_journal
from spikegraph.runs.summary import improved

METRIC = "mean_depth_error_cm"


def told(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "time"} for line in lines]


def epochs(folder: Path, phase: str = "retrain") -> list[dict[str, Any]]:
    return [e for e in told(folder) if e["event"] == "epoch" and e["phase"] == phase]


def run(folder: Path, settings: Mapping[str, Any] = MappingProxyType({}), **options: Any) -> Any:
    retrain = retrain_run(**{"epochs": 6, "validate": "data", **options})
    return job(folder, genotype="c3\n", search=None, retrain=retrain, **settings)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("validated") / "run"
    train(run(folder))
    return folder


def test_the_best_epoch_is_that_of_the_metric(whole: Path) -> None:
    found = [e["metrics"][METRIC] for e in epochs(whole)]
    assert len(found) == 6 and len(set(found)) > 1
    result = RunFolder(whole).read_summary().retrain
    assert result is not None and result.best_epoch is not None
    assert result.best_epoch == 1 + found.index(min(found))
    assert result.validation == epochs(whole)[result.best_epoch - 1]["metrics"]


def test_the_network_of_the_best_epoch_is_evaluated(whole: Path) -> None:
    folder, model = RunFolder(whole), lower(stereo_graph("c3"))
    load_model(folder.trained, model)
    result, evaluation = folder.read_summary().retrain, folder.read_summary().evaluation
    assert result is not None and evaluation is not None
    assert evaluate(model, Sets().held_out("data", 0)[1], 2).metrics == result.validation
    assert evaluate(model, Sets().test, 2).metrics == evaluation.metrics


def test_the_error_of_each_epoch_is_drawn(whole: Path) -> None:
    chart = error_chart({"run": read_journal(whole / "metrics.jsonl")})
    assert chart is not None
    assert chart.lines[0].points == [(e["epoch"], 100 - e["metrics"]["one_pixel_accuracy_percent"]) for e in epochs(whole)]
    assert error_chart({"run": []}) is None


def test_a_search_is_validated(tmp_path: Path) -> None:
    train(job(tmp_path / "run", search=search_run(validate="data")))
    assert all(METRIC in e["metrics"] for e in epochs(tmp_path / "run", "search"))
    assert all("metrics" not in e for e in epochs(tmp_path / "run"))


@pytest.mark.parametrize("at", [3, 6, 7, 8, 20])
def test_a_resumed_run_has_the_same_validations(whole: Path, tmp_path: Path, at: int) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(run(tmp_path / "run", {"reporter": At(at, fail)}))
    train(run(tmp_path / "run", {"resume": True}))
    assert told(tmp_path / "run") == told(whole)


def test_an_interrupt_during_the_validation_saves_the_epoch(whole: Path, tmp_path: Path) -> None:
    interrupt = At(5, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(Interrupted):
        train(run(tmp_path / "run", {"reporter": interrupt, "save_every": 1e9}))
    assert len([e for e in told(tmp_path / "run") if e["event"] == "step"]) == 4
    train(run(tmp_path / "run", {"resume": True}))
    assert told(tmp_path / "run") == told(whole)


def test_training_ends_when_patience_does(whole: Path, tmp_path: Path) -> None:
    train(run(tmp_path / "run", epochs=40, patience=2))
    found = [e["metrics"][METRIC] for e in epochs(tmp_path / "run")]
    best = 1 + found.index(min(found))
    assert len(found) == best + 2 < 40
    summary = RunFolder(tmp_path / "run").read_summary()
    result = summary.retrain
    assert result is not None and result.best_epoch is not None
    assert summary.directions[METRIC] is False  # stored for those who read it without the metric's plug-in
    assert (result.epochs, result.best_epoch) == (best + 2, best)


@pytest.mark.parametrize(
    ("metric", "value", "before", "better"),
    [
        ("accuracy_percent", 3.0, 2.0, True),
        ("accuracy_percent", 2.0, 2.0, False),
        ("mean_depth_error_cm", 2.0, 3.0, True),
        ("loss", 3.0, 3.0, False),
        ("loss", 3.0, None, True),
    ],
)
def test_improved(metric: str, value: float, before: float | None, better: bool) -> None:
    assert improved(metric, value, before) is better


@pytest.mark.parametrize("clip", [None, 1e-3])
def test_gradients_of_several_batches_are_those_of_their_mean(clip: float | None) -> None:
    """By hand: the gradient of the mean of the batches' losses, each weighted by its number of samples."""
    samples = stereo_set(3, crop=False)
    groups = [collate([item(samples.sample(k)) for k in part], samples.task) for part in ((0, 1), (2,))]
    torch.manual_seed(0)
    model = lower(stereo_graph("c3")).train()
    losses = Losses(model.graph, LOSS)
    sgd = retrain_run().weights.__class__(
        "sgd", (), {"lr": 1.0, "momentum": 0.0, "weight_decay": 0.0, "nesterov": False}, LOSS[0].span
    )
    state = {k: v.clone() for k, v in model.state_dict().items()}
    values = [losses.over(ONE, model.run(b.inputs, wanted=losses.wanted)[0], b)[0] for b in groups]
    mean = (2 * values[0] + values[1]) / 3
    wanted = torch.autograd.grad(mean, model.weights())
    if clip is not None:
        norm = torch.stack([g.square().sum() for g in wanted]).sum().sqrt()
        wanted = tuple(g * min(1.0, clip / float(norm)) for g in wanted)
    model.load_state_dict(state)
    before = [p.detach().clone() for p in model.weights()]
    found = step(model, losses, optimizer_for(sgd, model.weights()), groups, clip)
    torch.testing.assert_close(found["loss"], mean.detach())
    moved = [b - p.detach() for b, p in zip(before, model.weights(), strict=True)]
    torch.testing.assert_close(moved, list(wanted), rtol=1e-3, atol=1e-7)


def test_an_epoch_with_accumulated_gradients_has_fewer_steps_and_resumes(tmp_path: Path) -> None:
    options = {"batch": 1, "accumulate": 3, "epochs": 2, "validate": None}
    train(run(tmp_path / "whole", **options))
    steps = [(e["epoch"], e["step"]) for e in told(tmp_path / "whole") if e["event"] == "step"]
    assert steps == [(epoch, number) for epoch in (1, 2) for number in (1, 2, 3)]  # 8 samples: 3 + 3 + 2

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(run(tmp_path / "again", {"reporter": At(2, fail)}, **options))
    train(run(tmp_path / "again", {"resume": True}, **options))
    assert told(tmp_path / "again") == told(tmp_path / "whole")


class Shown(Silent):
    """Remembers what the progress display shows."""

    def __init__(self) -> None:
        self.title, self.shown = "", list[tuple[str, Mapping[str, float]]]()

    def start(
        self, title: str, total: int, done: int = 0, *, unit: str = "samples", after: int | None = None, whole: str = "run"
    ) -> None:
        self.title = title

    def advance(self, done: int, numbers: Mapping[str, float] | None = None) -> None:
        if numbers:
            self.shown.append((self.title, numbers))


def test_progress_and_tensorboard_show_the_metrics_of_each_epoch(whole: Path, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    reporter = Shown()
    train(run(tmp_path / "run", {"reporter": reporter, "loggers": ("tensorboard",)}))
    metrics = [e["metrics"] for e in epochs(whole)]
    assert [(t, n) for t, n in reporter.shown if t.startswith("validation")] == [
        (f"validation of retrain epoch {k}/6", found) for k, found in enumerate(metrics, 1)
    ]
    events = EventAccumulator(str(RunFolder(tmp_path / "run").tensorboard))
    events.Reload()
    assert [e.step for e in events.Scalars(f"retrain validation/{METRIC}")] == [4 * k for k in range(1, 7)]
    assert [e.value for e in events.Scalars(f"retrain validation/{METRIC}")] == pytest.approx([m[METRIC] for m in metrics])
