"""Runs that are killed, or whose checkpoints are damaged, resume to the same bits."""

import os
import signal
from pathlib import Path

import pytest
import tiny_run
from same_run import assert_same_run, told
from tiny_run import At, job, train

from spikegraph.base.errors import CheckpointError, Interrupted
from spikegraph.base.progress import Silent
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.state import read_state

from ..forked import python

pytestmark = pytest.mark.usefixtures("one_thread")


OFTEN = (1, 2, 5, 6, 9, 10, 16, 77)
MOMENTS = [pytest.param(k, marks=() if k in OFTEN else pytest.mark.long) for k in (*range(1, 17), 40, 77, 95)]
"""Changes of files after which the process is killed; those that aren't `OFTEN` tried resemble their neighbours."""


@pytest.mark.parametrize("step", [3, 13])
def test_kill_then_resume_in_other_processes(whole: Path, tmp_path: Path, step: int) -> None:
    killed = python(tiny_run.__file__, tmp_path / "run", "--kill", step)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert read_state(tmp_path / "run")[1].reason.endswith("is gone and recorded no end")
    with (tmp_path / "run" / "metrics.jsonl").open("a") as journal:
        journal.write('{"time": 1, "event": "st')
    resumed = python(tiny_run.__file__, tmp_path / "run", "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert told(tmp_path / "run") == told(whole)


class KilledError(BaseException):
    """Ends the process, as far as the run knows."""


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_between_any_two_changes_of_files_then_resume(
    whole: Path, tmp_path: Path, moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every change of a checkpoint is a renaming or a second name; the run ends before the one with this number."""
    left, replace, link = [moment], Path.replace, Path.hardlink_to

    def count(path: Path) -> None:
        left[0] -= "safetensors" in path.name
        if left[0] == 0:
            raise KilledError

    def stop_at(self: Path, target: Path) -> Path:
        count(self)
        return replace(self, target)

    def stop_at_link(self: Path, target: Path) -> None:
        count(self)
        link(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop_at)
        patch.setattr(Path, "hardlink_to", stop_at_link)
        with pytest.raises(KilledError):
            train(job(tmp_path / "run"))
    train(job(tmp_path / "run", resume=True))
    assert_same_run(tmp_path / "run", whole)
    assert not list((tmp_path / "run").rglob(".*"))


class Notices(Silent):
    """Collects the notices of a run."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def notice(self, text: str) -> None:
        self.told.append(text)


@pytest.mark.parametrize("file", ["checkpoints/retrain.newest.safetensors", "weights.safetensors"])
def test_after_damage_the_run_continues_from_the_checkpoint_before(whole: Path, tmp_path: Path, file: str) -> None:
    with pytest.raises(Interrupted):
        train(job(tmp_path / "run", reporter=At(11, lambda: os.kill(os.getpid(), signal.SIGINT))))
    data = bytearray((tmp_path / "run" / file).read_bytes())
    data[len(data) // 2] ^= 16
    (tmp_path / "run" / file).write_bytes(data)
    notices = Notices()
    train(job(tmp_path / "run", resume=True, reporter=notices))
    (notice,) = [n for n in notices.told if "damaged" in n]
    assert notice.startswith(f"note: {tmp_path / 'run' / file} is damaged")
    assert notice.endswith("; the run continues from the checkpoint before it, retrain.previous.safetensors")
    assert_same_run(tmp_path / "run", whole)


def test_without_a_good_checkpoint_the_phase_can_begin_again(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        train(job(tmp_path / "run", reporter=At(10, lambda: os.kill(os.getpid(), signal.SIGINT))))
    pair = [RunFolder(tmp_path / "run").checkpoint("retrain", which) for which in ("newest", "previous")]
    for path in pair:
        path.write_bytes(path.read_bytes()[:-7])
    both = r"retrain\.newest\.safetensors is damaged: .*; and .*retrain\.previous\.safetensors is damaged: .*"
    with pytest.raises(CheckpointError, match=both + r"delete retrain\.newest\.safetensors and retrain\.previous"):
        train(job(tmp_path / "run", resume=True))
    for path in pair:
        path.unlink()
    train(job(tmp_path / "run", resume=True))
    assert_same_run(tmp_path / "run", whole)


def test_the_end_of_a_run_is_recorded_until_it_is_resumed(tmp_path: Path) -> None:
    """Also while it runs, the state is that of the moment."""
    states: list[str] = []

    def look() -> None:
        states.append(read_state(tmp_path / "run")[1].name)
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Interrupted):
        train(job(tmp_path / "run", reporter=At(6, look)))
    state = read_state(tmp_path / "run")[1]
    assert (states, state.name, state.reason) == (["running"], "stopped", "by SIGTERM, the run is saved")
    train(job(tmp_path / "run", resume=True, reporter=Silent()))
    assert read_state(tmp_path / "run")[1].name == "finished"
    assert not (tmp_path / "run" / "ended.json").exists()
