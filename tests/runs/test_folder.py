"""Run folders: starting, resuming, and the summary."""

import json
from pathlib import Path
from typing import Any

import pytest

from spikegraph.base.errors import RunFolderError
from spikegraph.base.files import write_together
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


@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.parametrize("left", [0, 1, 2, 3, 4, 5])
def test_a_start_that_was_killed_before_the_manifest(
    tmp_path: Path, manifest: dict[str, Any], left: int, resume: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start ends before the change of a file or folder with the number `left`."""
    changes = 0

    def counted(function: Any) -> Any:
        def call(self: Path, *arguments: Any, **named: Any) -> Any:
            nonlocal changes
            changes += 1
            if changes > left:
                raise KeyboardInterrupt
            return function(self, *arguments, **named)

        return call

    folder = RunFolder(tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", counted(Path.mkdir))
        patch.setattr(Path, "replace", counted(Path.replace))
        patch.setattr(Path, "unlink", lambda self, missing_ok=False: None)  # a killed process removes nothing
        with pytest.raises(KeyboardInterrupt):
            folder.begin(made(manifest), "sdhs 1\n", "genotype of before", resume=False)
    assert not folder.manifest.exists()
    assert folder.begin(made(manifest), "sdhs 1\n\n", resume=resume) is False
    assert sorted(p.name for p in folder.path.rglob("*")) == ["checkpoints", "diagrams", "manifest.json", "resolved.sdhs"]
    assert folder.resolved.read_text() == "sdhs 1\n\n"


@pytest.mark.parametrize("name", ["genotype.sdhs", "resolved.sdhs", "checkpoints/mine", ".mine.part", "diagrams"])
def test_a_folder_with_files_of_others_is_left_alone(tmp_path: Path, manifest: dict[str, Any], name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(RunFolderError, match="isn't empty and has no run"):
        RunFolder(tmp_path).begin(made(manifest), "", resume=True)
    assert (tmp_path / name).read_text() == "mine"


def test_temporary_files_of_killed_processes_are_removed(tmp_path: Path, manifest: dict[str, Any]) -> None:
    folder = RunFolder(tmp_path)
    folder.begin(made(manifest), "", resume=False)
    ours = [".summary.json.71.part", "checkpoints/.search.newest.safetensors.4194304.part", "diagrams/.network.svg.8.part"]
    others = [".part", ".notes.part", "summary.json.71.part", ".a.7.part.txt"]
    for name in (*ours, *others):
        (tmp_path / name).touch()
    folder.begin(made(manifest), "", resume=True)
    assert [name for name in (*ours, *others) if (tmp_path / name).exists()] == others


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


def test_files_with_long_names_are_written_together_or_not_at_all(tmp_path: Path) -> None:
    """Names of as many letters as a single file may have, 255 with those of the temporary name."""
    paths = [tmp_path / f"{letter * 215}.sdhs" for letter in "ab"]
    write_together(dict.fromkeys(paths, "first"))
    write_together(dict.fromkeys(paths, "second"))
    with pytest.raises(FileNotFoundError):
        write_together({**dict.fromkeys(paths, "third"), tmp_path / "nowhere" / "c.sdhs": "third"})
    assert {path: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(paths, "second")
