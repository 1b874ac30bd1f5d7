"""Two processes whose norms have the statistics of both compute by Triton's kernels what one computes by them, in float64."""

import json
from pathlib import Path

import pytest
from several import HERE, Start

from spikegraph.backends.torch.triton.library import installed


@pytest.mark.slow
@pytest.mark.skipif(not installed(), reason="Triton isn't installed")
def test_kernels_of_two_processes(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many kernels of statistics run as in one process, which is compared too, also for samples that stand in for none."""
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    done = start(tmp_path / "found.json", program=(HERE / "triton_program.py",))
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    assert {case: each["moments"] for case, each in found.items()} == {
        "uneven": 2 * 4,
        "fewer samples than processes": 2 * 2 * 4,
    }
    for each in found.values():
        assert each["gradients"] == 10
        assert each["difference"] < 1e-10
        assert each["same bits"]
