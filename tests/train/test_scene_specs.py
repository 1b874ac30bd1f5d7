"""The specs of the built-in moving scenes train on them."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from spikegraph.backends.torch.main import train_program
from spikegraph.backends.torch.trained import load_run
from spikegraph.data import scene_maps
from spikegraph.data.scene_cache import cached_scenes
from spikegraph.data.scene_maps import SceneMaps
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings

SPECS = Path(__file__).parents[2] / "specs"
SHORT = ("retrain.epochs=1", "retrain.epoch_samples=16", "retrain.batch=4")


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return partial(cached_scenes, tmp_path_factory.mktemp("cache"), 20, 6)


@pytest.mark.parametrize(
    ("name", "kind", "metric", "baseline"),
    [
        ("segment", "labels", "mean_iou_percent", "most frequent label"),
        ("flow", "flow", "mean_end_point_error_px", "mean flow"),
    ],
)
def test_a_few_steps_of_a_spec(scenes, tmp_path, monkeypatch, name, kind, metric, baseline):
    monkeypatch.setattr(scene_maps, "cached_scenes", scenes)
    program = Program.read(SPECS / f"{name}.sdhs", overrides=(*SHORT, f"{name}.W=4"))
    assert not list(program.check())
    folder, summary = train_program(program, Settings(device="cpu"), out=tmp_path / "run")
    assert list(summary.baselines) == [baseline]
    test = SceneMaps(scenes()[1], kind)
    model = load_run(folder)
    samples = [test.sample(k) for k in range(6)]
    with torch.inference_mode():
        found = model(torch.from_numpy(np.stack([s.inputs["events"] for s in samples], 1)))[-1].numpy()
    truth = np.stack([s.target for s in samples])
    if kind == "flow":
        wanted = float(np.sqrt(((found - truth) ** 2).sum(1)).mean())
    else:
        both = [((found.argmax(1) == k), truth == k) for k in range(5)]
        wanted = 100 * float(np.mean([(a & b).sum() / (a | b).sum() for a, b in both if (a | b).any()]))
    assert summary.evaluation.metrics[metric] == pytest.approx(wanted, rel=1e-5)
