"""With recordings in a folder, only `--data DIR` must be added."""

import json
from pathlib import Path

import pytest

from spikegraph.backends.torch.evaluated import evaluated
from spikegraph.backends.torch.main import evaluate_run, train_program
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder

SPEC = Path(__file__).parents[2] / "specs" / "stereo.sdhs"

SMALL = (
    "mvsec.sequence = corridor2",
    "mvsec.augment = [random_crop([32, 44])]",
    "stereo.planes = 4",
    "feature_path.levels = 2",
    "matching_path.levels = 2",
    "search.C = 6",
    "search.epochs = 1",
    "search.warm_up = 0",
    "search.epoch_samples = 1",
    "retrain.C = 6",
    "retrain.epochs = 1",
    "retrain.epoch_samples = 1",
    "retrain.batch = 1",
)


@pytest.mark.slow
def test_a_run_on_recordings_in_mvsecs_layout(write_recording, tmp_path):
    """Odd group orders and extra groups; the profile `sample` isn't used; the run folder is enough for evaluation."""
    folder = write_recording("corridor2", frames=24)
    program = Program.read(SPEC, overrides=SMALL)
    run, summary = train_program(program, Settings(seed=3), data=folder, out=tmp_path / "run")
    assert summary.complete
    assert summary.search is not None
    assert set(summary.methods()) == {"network", "constant guess", "block matcher"}
    manifest = json.loads(RunFolder(run).manifest.read_text())
    assert "corridor2 in MVSEC's layout" in manifest["data"]
    assert any("without maps" in note or "rectif" in note for note in manifest["notes"])
    again = evaluate_run(run, data=folder)
    assert again.metrics == pytest.approx(dict(summary.evaluation.metrics), rel=1e-3)
    streamed = evaluate_run(run, data=folder, stream=True)
    assert streamed.samples == again.samples
    both = evaluated(run, data=folder, stream=True)
    assert both.standard.metrics == again.metrics
    assert both.streamed is not None
    assert both.streamed.metrics == streamed.metrics
