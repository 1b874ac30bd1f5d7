"""Short runs on sequences in DSEC's layout: stereo with the benchmark's measures, and segmentation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from spikegraph.backends.torch.main import train_program
from spikegraph.backends.torch.trained import load_run
from spikegraph.data.sets import data_sets
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings

from ..data.dsec_files import write_labels, write_sequence

SPECS = Path(__file__).parents[2] / "specs"
STEREO = (
    *("dsec.train=[a]", "dsec.validation=[b]", "dsec.test=[c]", "dsec.every=1", "dsec.steps=1", "dsec.burn_in=1"),
    *("dsec.augment=[random_crop([48, 96])]", "dsec_stereo.planes=6", "dsec_stereo.step=6", "feature_path.finest=1"),
    *("matching_path.finest=1", "retrain.C=6", "retrain.epochs=1", "retrain.batch=1", "retrain.validate=data"),
)
SEMANTIC = (
    *("dsec_semantic.train=[a]", "dsec_semantic.test=[b]", "segmentation.W=2", "dsec_semantic.steps=2"),
    *("retrain.epochs=1", "retrain.batch=1", "retrain.validate=0.5"),
)


def test_a_stereo_run(tmp_path: Path) -> None:
    for name, disparities in (("a", 5), ("b", 2), ("c", 2)):
        write_sequence(tmp_path, name, disparities=disparities, seed=ord(name))
    program = Program.read(SPECS / "dsec.sdhs", overrides=STEREO, genotype=SPECS / "genotypes" / "stereo.sdhs")
    folder, summary = train_program(program, Settings(device="cpu"), data=tmp_path, out=tmp_path / "run")
    names = ["mean_disparity_error_px", "one_pixel_error_percent", "two_pixel_error_percent"]
    names.append("root_mean_square_disparity_error_px")
    assert list(summary.evaluation.metrics) == names
    assert {name: list(of) for name, of in summary.baselines.items()} == {"constant guess": names, "block matcher": names}
    assert list(summary.retrain.validation) == names
    model = load_run(folder)
    item = data_sets(program.spec.datasets["dsec"], tmp_path, 0).test.sample(0)
    left, right = (torch.from_numpy(item.inputs[side]).float()[:, None] for side in ("left", "right"))
    with torch.inference_mode():
        predicted = model(left, right)[-1, 0, 0].numpy().astype(np.float64)
    truth = item.target[0].astype(np.float64)
    error = np.abs(predicted - truth)[np.isfinite(truth)]
    wanted = (error.mean(), 100 * np.mean(error > 1), 100 * np.mean(error > 2), (error**2).mean() ** 0.5)
    assert list(summary.evaluation.metrics.values()) == pytest.approx(wanted, rel=1e-3)


def test_a_segmentation_run(tmp_path: Path) -> None:
    truths = {name: write_labels(write_sequence(tmp_path, name, disparities=6, seed=ord(name)).folder) for name in "ab"}
    program = Program.read(SPECS / "dsec-semantic.sdhs", overrides=SEMANTIC)
    folder, summary = train_program(program, Settings(device="cpu"), data=tmp_path, out=tmp_path / "run")
    assert list(summary.evaluation.metrics) == ["mean_iou_percent", "pixel_accuracy_percent"]
    assert list(summary.baselines) == ["most frequent label"]
    model = load_run(folder)
    test = data_sets(program.spec.datasets["dsec_semantic"], tmp_path, 0).test
    right = known = 0
    for index, number in enumerate((6, 8)):
        with torch.inference_mode():
            predicted = model(torch.from_numpy(test.sample(index).inputs["events"]).float()[:, None])[0].argmax(0).numpy()
        truth = truths["b"][number]
        right, known = right + int((predicted == truth)[truth != 255].sum()), known + int((truth != 255).sum())
    assert summary.evaluation.metrics["pixel_accuracy_percent"] == pytest.approx(100 * right / known, abs=0.01)
