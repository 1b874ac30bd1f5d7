"""In float64, two processes with synchronised norms have the gradients of one, for the same batch."""

import json
from pathlib import Path

from several import HERE, Start


def test_two_processes_have_the_gradients_of_one(start: Start, tmp_path: Path) -> None:
    done = start(tmp_path / "found.json", program=(HERE / "gradients_program.py",))
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    assert len(found) == 14
    for case, result in found.items():
        assert result["gradients"] == (1 if "architecture" in case else 10), case
        assert result["difference"] < 1e-10, case
        assert result["same bits"], case
