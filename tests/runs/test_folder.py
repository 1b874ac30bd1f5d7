"""Run folders: starting, resuming, and the summary."""

import json
from pathlib import Path
from typing import Any

import pytest

from spikegraph.errors import RunFolderError
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.json_file import write_record
from spikegraph.runs.manifest import Manifest
from spikegraph.runs.record import read_run
from spikegraph.runs.snapshots import Measured
from spikegraph.runs.summary import Evaluation, PhaseResult, Summary


def made(manifest: dict[str, Any], **changes: object) -> Manifest:
    found = {k: tuple(v) if isinstance(v, list) else v for k, v in manifest.items() if k != "format_version"}
    return Manifest(**{**found, **changes})


def test_a_new_run_can_be_resumed(tmp_path: Path, manifest: dict[str, Any]) -> None:
    folder = RunFolder(tmp_path / "runs" / "one")
    assert folder.begin(made(manifest), "sdhs 1\n", resume=False) is False
    assert folder.read_manifest() == made(manifest)
    assert folder.manifest.read_text() == json.dumps(manifest, indent=2) + "\n"
    assert folder.resolved.read_text() == "sdhs 1\n"
    assert folder.begin(made(manifest, started="tomorrow"), "sdhs 1\n", resume=True) is True
    assert folder.read_manifest().started == manifest["started"]


def test_resume_without_a_run_starts_one(tmp_path: Path, manifest: dict[str, Any]) -> None:
    assert RunFolder(tmp_path / "new").begin(made(manifest), "sdhs 1\n", resume=True) is False


def test_a_folder_that_cannot_be_made(tmp_path: Path, manifest: dict[str, Any]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="can't be written"):
        RunFolder(tmp_path / "file" / "run").begin(made(manifest), "", resume=False)


def test_a_summary_is_read_as_written(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert folder.read_summary() == Summary()
    phase = PhaseResult(2, 8, 1.5, 100, {"loss": 0.25})
    metrics = {"mean_disparity_error_px": 1.0}
    for summary in (
        Summary(search=phase),
        Summary(
            True,
            phase,
            phase,
            Evaluation(metrics, 6, 0.5, {}, {2: {0: 1, 2: 4}}),
            {"constant": {"mean_disparity_error_px": 2.0}},
            ("n",),
        ),
    ):
        folder.write_summary(summary)
        assert folder.read_summary() == summary
    assert folder.read_summary().methods() == {"network": metrics, "constant": {"mean_disparity_error_px": 2.0}}


def test_the_longest_retraining_of_snapshots_counts(tmp_path: Path, manifest: dict[str, Any]) -> None:
    folder = RunFolder(tmp_path)
    folder.begin(made(manifest), "", resume=False)
    folder.snapshots.mkdir()
    for epoch, epochs, percent in ((1, 1, 10.0), (1, 2, 20.0), (3, 2, 30.0)):
        folder.snapshot(epoch).touch()
        write_record(folder.retrained(epoch, epochs), Measured(epoch, epochs, {"accuracy_percent": percent}, 0.5, 4))
    assert folder.snapshot_epochs() == [1, 3]
    assert read_run(tmp_path).snapshots == {1: {"accuracy_percent": 20.0}, 3: {"accuracy_percent": 30.0}}
