"""A complete run: its folder, reproducible numbers, and resuming."""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest
import tiny_run
import torch
from same_run import tensors_of, told
from tiny_run import At, job, train

from spikegraph.backends.torch.train.meter import Meter
from spikegraph.base.errors import DivergedError, Interrupted, RunFolderError
from spikegraph.runs.folder import RunFolder

pytestmark = pytest.mark.usefixtures("one_thread")

ALL_STEPS = tiny_run.SEARCH_STEPS + tiny_run.RETRAIN_STEPS


def test_folder(whole: Path) -> None:
    names = {str(p.relative_to(whole)) for p in whole.rglob("*")}
    assert names == {
        "manifest.json",
        "resolved.sdhs",
        "metrics.jsonl",
        "genotype.sdhs",
        "summary.json",
        "examples.npz",
        "rasters.npz",
        "usage.csv",
        "diagrams",
        "checkpoints",
        "weights.safetensors",
        "checkpoints/search.newest.safetensors",
        "checkpoints/search.newest.weights.safetensors",
        "checkpoints/search.previous.safetensors",
        "checkpoints/search.previous.weights.safetensors",
        "checkpoints/search.best.safetensors",
        "checkpoints/search.best.weights.safetensors",
        "checkpoints/retrain.newest.safetensors",
        "checkpoints/retrain.previous.safetensors",
        "checkpoints/retrain.previous.weights.safetensors",
        "checkpoints/retrain.best.safetensors",
        "checkpoints/retrain.best.weights.safetensors",
    }
    manifest = json.loads((whole / "manifest.json").read_text())
    assert (manifest["seed"], manifest["precision"], manifest["spec"]) == (5, "fp32", "tiny.sdhs")
    assert manifest["versions"]["torch"] == torch.__version__
    summary = json.loads((whole / "summary.json").read_text())
    assert summary["format_version"] == 1
    assert summary["complete"] is True
    assert summary["search"]["steps"] == tiny_run.SEARCH_STEPS
    assert summary["retrain"]["steps"] == tiny_run.RETRAIN_STEPS
    assert summary["baselines"] == {"constant": {"mean_disparity_error_px": 2.0}}
    assert summary["evaluation"]["samples"] == 6


def test_journal_has_every_step_and_the_architecture_of_every_epoch(whole: Path) -> None:
    entries = told(whole)
    steps = [(e["phase"], e["epoch"], e["step"]) for e in entries if e["event"] == "step"]
    assert steps == [(phase, epoch, step) for phase in ("search", "retrain") for epoch in (1, 2) for step in (1, 2, 3, 4)]
    found = [e["architecture"] for e in entries if e["event"] == "epoch" and e["phase"] == "search"]
    assert len(found) == 2
    (first,), (second,) = (a["feature.alpha"] for a in found)  # type: ignore[index]
    assert len(first) == len(second) == 2
    assert first != second
    rates = [e["lr"] for e in entries if e["event"] == "step" and e["phase"] == "retrain"]
    assert rates == [0.02] * 4 + [0.01] * 4


def test_it_learns(whole: Path) -> None:
    losses = [e["losses"]["loss"] for e in told(whole) if e["event"] == "epoch" and e["phase"] == "retrain"]  # type: ignore[index]
    assert losses[1] < losses[0]


def test_another_seed_is_another_run(whole: Path, tmp_path: Path) -> None:
    train(job(tmp_path / "other", seed=6))
    assert told(tmp_path / "other") != told(whole)


@pytest.mark.parametrize("step", [2, 4, 7, 8, 10, ALL_STEPS, ALL_STEPS + 1])
def test_an_error_at_any_step_then_resume(whole: Path, tmp_path: Path, step: int) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(job(tmp_path / "run", reporter=At(step, fail)))
    found = train(job(tmp_path / "run", resume=True))
    assert told(tmp_path / "run") == told(whole)
    assert found.evaluation is not None
    wanted = RunFolder(whole).read_summary().evaluation
    assert wanted is not None
    assert found.evaluation.metrics == wanted.metrics


def test_resume_where_only_epochs_are_saved(whole: Path, tmp_path: Path) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(job(tmp_path / "run", save_every=1e9, reporter=At(7, fail)))
    assert len(told(tmp_path / "run")) == 4 + 1 + 3
    train(job(tmp_path / "run", save_every=1e9, resume=True))
    assert told(tmp_path / "run") == told(whole)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_is_saved_and_resumed(whole: Path, tmp_path: Path, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    reporter = At(6, lambda: os.kill(os.getpid(), number))
    with pytest.raises(Interrupted, match=r"search\.newest"):
        train(job(tmp_path / "run", save_every=1e9, reporter=reporter))
    assert signal.getsignal(number) is before
    assert told(tmp_path / "run")[-1]["step"] == 3  # the step after the signal is finished, and no more
    train(job(tmp_path / "run", save_every=1e9, resume=True))
    assert told(tmp_path / "run") == told(whole)


def test_interrupted_in_the_evaluation(whole: Path, tmp_path: Path) -> None:
    reporter = At(ALL_STEPS + 1, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(Interrupted, match=r"retrain\.newest"):
        train(job(tmp_path / "run", reporter=reporter))
    summary = RunFolder(tmp_path / "run").read_summary()
    assert summary.retrain is not None
    assert not summary.complete
    train(job(tmp_path / "run", resume=True))
    assert told(tmp_path / "run") == told(whole)


def test_losses_that_are_read_now_and_then(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU: fewer records, but the same epochs, even with an interruption."""
    monkeypatch.setattr(Meter, "interval", lambda device: 3)
    with pytest.raises(Interrupted):
        train(job(tmp_path / "run", save_every=1e9, reporter=At(5, lambda: os.kill(os.getpid(), signal.SIGINT))))
    train(job(tmp_path / "run", save_every=1e9, resume=True))
    found = told(tmp_path / "run")
    assert [(e["epoch"], e["step"]) for e in found if e["event"] == "step"] == [
        *((1, 3), (1, 4), (2, 2), (2, 3), (2, 4)),  # interrupted at the second step of the second epoch
        *((1, 3), (1, 4), (2, 3), (2, 4)),
    ]
    assert [e for e in found if e["event"] != "step"] == [e for e in told(whole) if e["event"] != "step"]


def test_a_complete_run_is_left_as_it_is(whole: Path) -> None:
    before = {p: p.read_bytes() for p in whole.rglob("*") if p.is_file()}
    found = train(job(whole, resume=True))
    assert found == RunFolder(whole).read_summary()
    assert {p: p.read_bytes() for p in whole.rglob("*") if p.is_file()} == before


def test_a_summary_of_another_version_is_not_resumed(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "run")
    path = RunFolder(tmp_path / "run").summary
    path.write_text(path.read_text().replace('"format_version": 1', '"format_version": 99'))
    with pytest.raises(RunFolderError, match=r"summary\.json: format version 99 is not supported"):
        train(job(tmp_path / "run", resume=True))


def test_another_run_in_the_folder_is_refused(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="resume it with --resume"):
        train(job(whole))
    with pytest.raises(RunFolderError, match=r"seed: the run's 5, now 6 \(another run; --seed 5\)"):
        train(job(whole, resume=True, seed=6))
    with pytest.raises(RunFolderError, match="spec: the run's"):
        train(job(whole, resume=True, text="sdhs 1\nneuron other { }\n"))
    (tmp_path / "letter.txt").write_text("dear reader")
    with pytest.raises(RunFolderError, match="isn't empty and has no run"):
        train(job(tmp_path))


def test_a_given_genotype_needs_no_search(tmp_path: Path) -> None:
    found = train(job(tmp_path / "run", genotype="skip\n"))
    assert found.search is None
    assert (tmp_path / "run" / "genotype.sdhs").read_text() == "skip\n"
    assert {e["phase"] for e in told(tmp_path / "run")} == {"retrain", "test"}


def test_a_retraining_does_not_depend_on_the_search_before(whole: Path, tmp_path: Path) -> None:
    train(job(tmp_path / "run", genotype=(whole / "genotype.sdhs").read_text()))
    assert told(tmp_path / "run") == [e for e in told(whole) if e["phase"] != "search"]


def test_divergence_stops_and_names_the_last_good_checkpoint(tmp_path: Path) -> None:
    wild = tiny_run.call("sgd", lr=1e30, momentum=0.9, weight_decay=0.0, nesterov=False)
    retrain = tiny_run.retrain_run(weights=wild)
    with pytest.raises(DivergedError, match=r"retrain, epoch 1, step \d: .*") as caught:
        train(job(tmp_path / "run", genotype="c3\n", retrain=retrain))
    newest = RunFolder(tmp_path / "run").checkpoint("retrain")
    if newest.exists():
        assert str(newest) in str(caught.value)
        assert all(t.isfinite().all() for t in tensors_of(newest).values())
    else:
        assert "no checkpoint yet" in str(caught.value)


def test_workers_read_the_same_samples(whole: Path, tmp_path: Path) -> None:
    search = tiny_run.search_run(workers=1)
    with pytest.raises(Interrupted):
        train(job(tmp_path / "run", search=search, reporter=At(6, lambda: os.kill(os.getpid(), signal.SIGINT))))
    done = [e for e in told(whole) if e["phase"] == "search"]
    assert told(tmp_path / "run") == done[: len(told(tmp_path / "run"))]
    assert len(told(tmp_path / "run")) == 4 + 1 + 2
