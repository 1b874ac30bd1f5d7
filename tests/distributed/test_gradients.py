"""In float64, two processes with synchronised norms have the gradients of one, for the same batch; and what else they share."""

import json
from pathlib import Path

import pytest
from several import HERE, Start


def test_two_processes_compute_what_one_does(start: Start, tmp_path: Path) -> None:
    done = start(tmp_path / "found.json", program=(HERE / "gradients_program.py",))
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    assert len(found["steps"]) == 17
    for case, result in found["steps"].items():
        wanted = {"norms without weights": 6, "norms with factors": 12, "scales by rates": 6}.get(
            case, 1 if "architecture" in case else 10
        )
        assert result["gradients"] == wanted, case
        assert result["difference"] < 1e-10, case
        assert result["same bits"], case
    for result in found["surrogates"]:
        assert result["candidates"] > 4
        assert result["difference"] < 1e-10
        assert result["same bits"]
    assert found["evaluation"]["metrics"] == 4
    assert found["evaluation"]["rates"] > 0
    assert found["evaluation"]["same"]
    assert found["weighted mean"] == pytest.approx([(0.1 * 1 + 0.4 * 3) / 0.5] * 2)
    assert found["without items"] == [(2 + 3) / 2, [0.0, 1 / 2, 1 / 2]]
    assert found["weights of other norms"]
