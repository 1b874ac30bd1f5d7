"""Errors of the system while a run writes: the journal's file is named, and the error says how to continue."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from spikegraph.base.errors import RunFolderError
from spikegraph.base.file_errors import FIXES, naming
from spikegraph.runs.journal import Journal, read_journal
from spikegraph.runs.resumable import resumable
from spikegraph.sweep.folder import SweepFolder

LINE = {"lr": 0.1, "losses": {"loss": 1.0}}


@pytest.mark.parametrize("number", FIXES, ids=[errno.errorcode[n] for n in FIXES])
def test_the_error_says_how_to_continue(tmp_path: Path, number: int) -> None:
    run = tmp_path / "my run"
    with pytest.raises(RunFolderError) as caught, resumable(run), naming(run / "metrics.jsonl"):
        raise OSError(number, os.strerror(number))
    assert caught.value.message == f"{run}/metrics.jsonl: {os.strerror(number)}"
    assert caught.value.help == f"{FIXES[number]}, then continue with `spikegraph compile --train --out '{run}' --resume`"
    assert caught.value.status == 3


def test_the_command_has_the_plug_ins_and_processes_of_the_run(tmp_path: Path, manifest: dict[str, Any]) -> None:
    held = {**manifest, "directory": "/elsewhere", "plugins": ["my ops.py", "adaptive"], "processes": 2}
    (tmp_path / "manifest.json").write_text(json.dumps(held))
    command = "torchrun --nproc-per-node 2 -m spikegraph compile --train --out RUN --resume --plugin '/elsewhere/my ops.py'"
    with pytest.raises(RunFolderError) as caught, resumable(tmp_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / "metrics.jsonl"))
    assert caught.value.help == f"free some space on its disk, then continue with `{command.replace('RUN', str(tmp_path))}`"


def test_the_command_of_a_sweep_has_the_plug_ins_of_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spikegraph.plugins.local_files._loaded", {Path("/elsewhere/ops.py"): "ops.py"})
    command = f"spikegraph compile --train --out {tmp_path} --resume --plugin /elsewhere/ops.py"
    assert SweepFolder(tmp_path).resume_command == command


def test_other_errors_stay_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(ChildProcessError), resumable(tmp_path):
        raise ChildProcessError(errno.ECHILD, "no child")


def test_a_line_that_does_not_fit_is_cut_off_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk takes a part of a line; closing the file doesn't raise again."""
    path = tmp_path / "metrics.jsonl"
    journal = Journal(path)
    journal.add("step", "search", 1, 1, **LINE)
    whole = path.read_bytes()

    class Full:
        """Takes ten bytes more."""

        def __init__(self, file) -> None:
            self.file, self.left = file, 10

        def write(self, data) -> int:
            if not self.left:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            taken, self.left = self.file.write(data[: self.left]), 0
            return taken

        def __getattr__(self, name: str):
            return getattr(self.file, name)

    monkeypatch.setattr(journal, "_file", Full(journal._file))
    with pytest.raises(OSError, match="No space left on device") as caught, journal:
        journal.add("step", "search", 1, 2, **LINE)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == whole + path.read_bytes()[len(whole) :]
    assert len(path.read_bytes()) == len(whole) + 10
    assert len(read_journal(path)) == 1
    with Journal(path):
        assert path.read_bytes() == whole
