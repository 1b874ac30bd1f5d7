"""The command `runs`: runs that are complete, in progress or damaged."""

import json

import pytest

SUMMARY = {
    "format_version": 1,
    "complete": True,
    "evaluation": {"metrics": {"mean_depth_error_cm": 12.345678}, "samples": 40, "seconds": 3.0, "firing_rates": {}},
}
STEP = {"time": 1.0, "event": "step", "phase": "retrain", "epoch": 3, "step": 1, "lr": 0.1, "losses": {"loss": 3.5}}

UNKNOWN = "no process has it, and its end is not recorded"


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
        "run         spec        seed  state     mean_depth_error_cm  note\n"
        "runs/z      small.sdhs     1  finished                12.35\n"
        f"runs/begun  small.sdhs     2  lost                           {UNKNOWN}\n"
        f"runs/half   small.sdhs     3  lost                           retrain, epoch 3; {UNKNOWN}\n"
    )


def test_what_searches_cost(spikegraph, runs):
    """In trainings: as recorded, or in runs of older versions that of the candidates."""
    cost = {"candidates": 4, "trainings": 2.0, "seconds": 9.0, "chosen": 1}
    (runs / "z" / "summary.json").write_text(json.dumps({**SUMMARY, "search_trainings": 2.345678}))
    (runs / "half" / "summary.json").write_text(json.dumps({**SUMMARY, "complete": False, "cost": cost}))
    lines = spikegraph("runs").out.splitlines()
    at = lines[0].index("search_trainings")
    assert [line[at : at + len("search_trainings")].strip() for line in lines[1:]] == ["2.346", "", "2"]
    found = spikegraph("runs", "--json", "--sort", "search_trainings").json["runs"]
    assert {run["run"]: run["search_trainings"] for run in found} == {"runs/z": 2.345678, "runs/begun": None, "runs/half": 2.0}
    assert [run["run"] for run in found][:2] == ["runs/half", "runs/z"]
    assert "search cost  2.35 trainings" in spikegraph("show", runs / "z").out


def test_json(spikegraph, runs):
    found = spikegraph("runs", runs, "--json").json
    assert {k: v for k, v in found.items() if k != "runs"} == {
        "format_version": 1,
        "folder": str(runs),
        "states": {"finished": 1, "lost": 2},
        "settings": [],
        "metrics": ["mean_depth_error_cm"],
    }
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
        "search_trainings": None,
        "front": None,
        "state": "finished",
        "reason": None,
        "owner": None,
        "at": None,
        "validation": {},
        "seconds": None,
        "device": "cpu (x86_64)",
        "overrides": ["small.C = 12"],
        "settings": {},
    }
    half = found["runs"][2]
    assert half["resume"] == f"spikegraph compile --train --out {runs / 'half'} --resume"
    assert (half["state"], half["reason"], half["at"]) == ("lost", UNKNOWN, "retrain, epoch 3")


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
