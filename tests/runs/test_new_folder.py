"""Folders of new runs: no two runs get the same, and a run that doesn't begin leaves none."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from spikegraph.runs.new_folder import make_folder, run_folder

ROOT = Path(__file__).parents[2]

MAKE = """
import sys, time
from pathlib import Path
from spikegraph.runs.new_folder import make_folder

time.sleep(max(0, float(sys.argv[2]) - time.time()))
print("\\n".join(str(make_folder(Path(sys.argv[1]))) for _ in range(50)))
"""


def test_processes_that_start_together_get_different_folders(tmp_path: Path) -> None:
    wanted = tmp_path / "runs" / "net-20260102-030405"
    command = [sys.executable, "-c", MAKE, str(wanted), str(time.time() + 1)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(4)]
    found = [line for process in processes for line in process.communicate()[0].splitlines()]
    assert sorted(found) == sorted([str(wanted), *(f"{wanted}-{k}" for k in range(2, 201))])


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    assert [make_folder(tmp_path / "a").name for _ in range(3)] == ["a", "a-2", "a-3"]


def test_a_run_that_does_not_begin_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    with pytest.raises(ZeroDivisionError), run_folder(None, "specs/net.sdhs", told.append) as folder:
        assert folder.path.is_dir()
        raise ZeroDivisionError
    assert told == [f"run: {folder.path}"]
    assert not Path("runs").exists()
    Path("runs").mkdir()  # that of somebody else, or of the first of several commands
    with pytest.raises(ZeroDivisionError), run_folder(None, "specs/net.sdhs", told.append):
        raise ZeroDivisionError
    assert list(Path("runs").iterdir()) == []
    with pytest.raises(ZeroDivisionError), run_folder(None, "specs/net.sdhs", told.append) as folder:
        folder.manifest.touch()
        raise ZeroDivisionError
    assert [path.parent for path in Path("runs").glob("net-*/*")] == [folder.path]
