"""Runs of a few steps, as the figures take them: a searched stereo network, and a searched classifier."""

from __future__ import annotations

from pathlib import Path

import pytest

from spikegraph.cli.entry import run

from ..few_images import PLACE, few_images

ROOT = Path(__file__).parents[2]
STEREO = (
    *("stereo.planes=2", "feature.nodes=1", "matching.nodes=1", "feature_path.levels=2", "matching_path.levels=2"),
    *("matching_path.layers=2", "mvsec.augment=[random_crop([32, 44])]"),
    *("search.C=2", "search.epochs=1", "search.warm_up=0", "search.epoch_samples=2", "search.batch=1", "search.snapshots=1"),
    *("retrain.C=2", "retrain.epochs=1", "retrain.epoch_samples=1", "retrain.validate=data"),
    *("retrain.dgs.every=1", "retrain.dgs.iterations=1"),
)
IMAGES = (
    *("normal.nodes=1", "reduction.nodes=1", "cifar10.time=1", "cifar10.stride=4"),
    *("search.W=3", "search.epochs=1", "search.warm_up=0", "search.epoch_samples=8", "search.batch=4", "search.method=darts"),
    *("retrain.W=3", "retrain.batch=4", "retrain.epochs=1", "retrain.epoch_samples=4"),
)


def make(folder: Path, recording: Path) -> None:
    """Trains both into a folder: `stereo`, with retrained snapshots of its search, and `images`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spikegraph.data.stereo_parts.sample_folder", lambda *_, **__: recording)
        patch.setattr(PLACE, few_images)
        for name, spec, settings in (("stereo", "stereo", STEREO), ("images", "cifar10", IMAGES)):
            options = [part for setting in settings for part in ("--set", setting)]
            command = ["compile", str(ROOT / f"specs/{spec}.sdhs"), "--train", "--out", str(folder / name), *options]
            assert run(command) == 0
        assert run(["search-progress", str(folder / "stereo")]) == 0
