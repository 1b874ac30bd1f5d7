"""MLflow's own client reads what was logged, from a store in SQLite."""

import errno
import json
import os
from pathlib import Path

import pytest

from spikegraph.loggers.mlflow_run import MlflowRun

from .recorded import CURVES, epoch, killed_and_resumed, step

mlflow = pytest.importorskip("mlflow")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.chdir(tmp_path)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    yield mlflow.MlflowClient()
    mlflow.set_tracking_uri(before)


def test_a_resumed_run_has_no_number_twice(client, journal, tmp_path: Path) -> None:
    killed_and_resumed(lambda: journal(MlflowRun()))
    (run,) = client.search_runs([client.get_experiment_by_name("Default").experiment_id])
    assert json.loads((tmp_path / "mlflow.json").read_text()) == {"run_id": run.info.run_id}
    assert (run.info.status, run.info.run_name) == ("FINISHED", tmp_path.name)
    names = {curve.replace("[0]", "_0_"): curve for curve in CURVES}
    assert set(run.data.metrics) == set(names)
    found = {name: [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, name)] for name in names}
    assert {name: sorted(found[name]) for name in names} == {name: CURVES[curve] for name, curve in names.items()}
    params = run.data.params
    assert (params["seed"], params["retrain.epochs"], params["retrain.weights.lr"]) == ("7", "2", "0.1")
    assert len(params["net.cells_0_"]) == 6000
    tags = {name: value for name, value in run.data.tags.items() if name.startswith("spikegraph.")}
    assert tags["spikegraph.spec"] == "specs/small.sdhs"
    assert tags["spikegraph.command"] == "spikegraph compile specs/small.sdhs --train --set 'small.C = 12'"
    assert mlflow.active_run() is None


def steps(client, run_id: str) -> list[int]:
    return sorted(metric.step for metric in client.get_metric_history(run_id, "retrain/loss"))


def test_a_run_killed_before_its_first_checkpoint_has_no_number_twice(client, journal, tmp_path: Path, monkeypatch) -> None:
    first = journal(MlflowRun())
    for number in (1, 2, 3, 4):
        monkeypatch.setattr("spikegraph.loggers.mlflow_run.SECONDS_BETWEEN_CALLS", -1.0 if number < 3 else 1e9)
        step(first, 1, number, 1.0)
    run_id = json.loads((tmp_path / "mlflow.json").read_text())["run_id"]
    assert steps(client, run_id) == [1, 2]  # the others wait, and are lost with the process
    first._file.close()
    mlflow.end_run()
    with journal(MlflowRun()) as again:
        again.rewind("retrain", 1, 0)
        for number in (1, 2, 3, 4, 5):
            step(again, 1, number, 1.0)
    assert steps(client, run_id) == [1, 2, 3, 4, 5]


def test_a_run_whose_number_cannot_be_written_does_not_stay_active(client, journal, monkeypatch) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr("spikegraph.loggers.mlflow_run.write_whole", full)
    with pytest.raises(OSError, match="No space left on device"):
        journal(MlflowRun())
    assert mlflow.active_run() is None


def test_the_active_run_is_used_and_stays_active(client, journal) -> None:
    with mlflow.start_run(run_name="mine") as mine:
        with journal(MlflowRun()) as opened:
            epoch(opened, 1, 2, 50.0)
        assert mlflow.active_run().info.run_id == mine.info.run_id
    assert client.get_run(mine.info.run_id).data.metrics["retrain validation/accuracy_percent"] == 50.0
    assert len(client.search_runs([mine.info.experiment_id])) == 1


def test_how_it_ended(client, journal, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), journal(MlflowRun()) as opened:
        step(opened, 1, 1, 1.0)
        raise ZeroDivisionError
    run_id = json.loads((tmp_path / "mlflow.json").read_text())["run_id"]
    assert client.get_run(run_id).info.status == "FAILED"
    assert client.get_run(run_id).data.metrics["retrain/loss"] == 1.0
