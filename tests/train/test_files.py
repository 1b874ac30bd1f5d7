"""Run folders and the meter."""

from pathlib import Path

import pytest
import torch

from spikegraph.backends.torch.train.evaluate import Evaluation
from spikegraph.backends.torch.train.meter import Meter, mean_of
from spikegraph.backends.torch.train.phase import PhaseResult
from spikegraph.backends.torch.train.summary import Summary, read_summary
from spikegraph.errors import RunFolderError
from spikegraph.runs.folder import RunFolder, read_json

MANIFEST = {"seed": 1, "precision": "fp32", "resolved_sha256": "a", "genotype_sha256": None, "started": "today"}


def test_a_folder_becomes_a_run_and_goes_on(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "runs" / "one")
    assert folder.begin(MANIFEST, "sdhs 1\n", resume=False) is False
    assert folder.read_manifest() == MANIFEST
    assert folder.resolved.read_text() == "sdhs 1\n"
    assert folder.begin({**MANIFEST, "started": "tomorrow"}, "sdhs 1\n", resume=True) is True
    assert folder.read_manifest()["started"] == "today"


def test_resume_without_a_run_begins_one(tmp_path: Path) -> None:
    assert RunFolder(tmp_path / "new").begin(MANIFEST, "sdhs 1\n", resume=True) is False


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="can't be written"):
        RunFolder(tmp_path / "file" / "run").begin(MANIFEST, "", resume=False)


@pytest.mark.parametrize(("text", "message"), [("{", "can't be read"), ("[1]", "no JSON object")])
def test_unsound_json(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(RunFolderError, match=message):
        RunFolder(tmp_path).read_manifest()
    with pytest.raises(RunFolderError, match=r"is not the folder of a run: it has no other\.json"):
        read_json(tmp_path / "other.json", "the folder of a run")


def test_a_summary_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    assert read_summary(path) == Summary()
    phase = PhaseResult(2, 8, 1.5, 100, {"loss": 0.25})
    grown = Summary().with_(path, search=phase)
    assert read_summary(path) == grown
    metrics = {"mean_disparity_error_px": 1.0}
    grown = grown.with_(path, retrain=phase, evaluation=Evaluation(metrics, 6, 0.5), notes=("n",))
    grown = grown.with_(path, baselines={"constant": {"mean_disparity_error_px": 2.0}}, complete=True)
    assert read_summary(path) == grown
    assert grown.methods() == {"network": metrics, "constant": {"mean_disparity_error_px": 2.0}}
    path.write_text("{}")
    with pytest.raises(RunFolderError, match="is no summary of a run"):
        read_summary(path)


def test_the_meter_reads_now_and_then() -> None:
    meter = Meter(every=3)
    ready = [meter.add({"loss": torch.tensor(float(k))}) for k in (1, 2, 3)]
    assert ready == [False, False, True]
    assert meter.means() == {}
    assert meter.read() == [{"loss": 1.0}, {"loss": 2.0}, {"loss": 3.0}]
    meter.add({"loss": torch.tensor(6.0), "architecture_loss": torch.tensor(9.0)})
    read = meter.read()
    assert mean_of([{"loss": 2.0}, *read]) == {"loss": 4.0, "architecture_loss": 9.0}
    assert meter.means() == {"loss": 3.0, "architecture_loss": 9.0}
    assert meter.read() == []


def test_the_meter_waits_on_a_gpu_only() -> None:
    assert Meter.interval(torch.device("cpu")) == 1
    assert Meter.interval(torch.device("cuda")) > 1
