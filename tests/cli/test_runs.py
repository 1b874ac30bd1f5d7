"""The command `runs`: runs that are complete, in progress or damaged."""

import json

import pytest

SUMMARY = {
    "format_version": 1,
    "complete": True,
    "evaluation": {"metrics": {"mean_depth_error_cm": 12.345678}, "samples": 40, "seconds": 3.0, "firing_rates": {}},
}
STEP = {"time": 1.0, "event": "step", "phase": "retrain", "epoch": 3, "step": 1, "lr": 0.1, "losses": {"loss": 3.5}}


@pytest.fixture
def runs(tmp_path, manifest, monkeypatch, spikegraph):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "runs"
    for day, name in enumerate(("z", "begun", "half"), 1):
        (folder / name).mkdir(parents=True)
        started = f"2026-01-0{day}T00:00:00+00:00"
        (folder / name / "manifest.json").write_text(json.dumps({**manifest, "started": started, "seed": day}))
    (folder / "z" / "summary.json").write_text(json.dumps(SUMMARY))
    (folder / "half" / "metrics.jsonl").write_text(json.dumps(STEP) + "\n")
    (folder / "no run").mkdir()
    return folder


def test_a_table(spikegraph, runs):
    done = spikegraph("runs")
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        "run         spec        seed  result\n"
        "runs/z      small.sdhs     1  mean_depth_error_cm 12.35\n"
        "runs/begun  small.sdhs     2  not complete: not started\n"
        "runs/half   small.sdhs     3  not complete: retrain, epoch 3\n"
    )


def test_json(spikegraph, runs):
    found = spikegraph("runs", runs, "--json").json
    assert (found["format_version"], found["folder"]) == (1, str(runs))
    assert found["runs"][0] == {
        "run": str(runs / "z"),
        "spec": "specs/small.sdhs",
        "profile": None,
        "seed": 1,
        "precision": "fp32",
        "started": "2026-01-01T00:00:00+00:00",
        "complete": True,
        "resume": None,
        "metrics": {"mean_depth_error_cm": 12.345678},
    }
    assert found["runs"][2]["resume"] == f"spikegraph compile --train --out {runs / 'half'} --resume"


def test_a_damaged_run_is_named(spikegraph, runs):
    (runs / "begun" / "manifest.json").write_text("{")
    done = spikegraph("runs")
    assert done.status == 0
    assert len(done.out.splitlines()) == 3
    assert done.err.startswith("warning: not listed: runs/begun/manifest.json: not valid JSON")


def test_one_run_and_none(spikegraph, runs):
    assert spikegraph("runs", "runs/z").out.splitlines()[1].startswith("runs/z  small.sdhs")
    assert spikegraph("runs", "runs/no run").out == "there is no run in runs/no run\n"
    done = spikegraph("runs", "nowhere")
    assert (done.status, done.out) == (2, "")
    assert "Directory 'nowhere' does not exist." in done.err
