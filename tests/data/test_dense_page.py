"""What `docs/dense.md` shows: a plug-in that trains a bundled spec on files of one's own, and depths in arrays."""

import re
import runpy
import shlex
from pathlib import Path

import numpy as np
import pytest

from spikegraph.backends.torch.main import train_program
from spikegraph.data.sets import data_sets
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings

from ..forked import python

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "dense.md").read_text(encoding="utf-8")


def test_the_plug_in_of_the_page(tmp_path):
    ((name, code),) = re.findall(r"^```python\n# (my_\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    ((command),) = re.findall(r"^```sh\n(.*?)\n```$", TEXT, re.MULTILINE | re.DOTALL)
    (tmp_path / name).write_text(code, encoding="utf-8")
    random = np.random.default_rng(0)
    for part, count in (("train", 6), ("test", 2)):
        (tmp_path / "scenes" / part).mkdir(parents=True)
        for k in range(count):
            labels = random.integers(0, 2, (64, 64), dtype=np.uint8)
            events = random.integers(-1, 2, (3, 4, 64, 64), dtype=np.int8)
            np.savez(tmp_path / "scenes" / part / f"{k}.npz", events=events, labels=labels)
    program, *arguments = shlex.split(command)
    assert program == "spikegraph"
    short = ("--out", "run", "--set", "retrain.epochs=1", "--set", "segment.W=4", "--set", "retrain.validate=none")
    done = python("-m", "spikegraph", *arguments, *short, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "data: my scenes (scenes)" in done.stdout + done.stderr
    assert "most frequent label" in done.stdout


def test_the_depths_of_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, code in re.findall(r"^```\w+\n# (depth\.\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL):
        Path(name).write_text(code, encoding="utf-8")
    runpy.run_path("depth.py")
    program = Program.read(Path("depth.sdhs"), overrides=["retrain.epochs=2"])
    _, summary = train_program(program, Settings(device="cpu"), data=tmp_path, out=Path("run"))
    with np.load("depth.npz") as held:
        images, depths = held["inputs"], held["targets"].astype(np.float32).astype(np.float64)
    samples = data_sets(program.spec.datasets["boxes"], tmp_path, 0).test.samples()
    test = [next(k for k in range(200) if np.array_equal(images[k], sample.inputs["image"])) for sample in samples]
    mean = np.nanmean(np.delete(depths, test, 0))
    assert (len(test), mean) == (40, pytest.approx(7.1, abs=0.5))
    known = depths[test][:, 1:]  # all but the first row
    expected = {
        "mean_relative_error": (abs(mean - known) / known).mean(),
        "root_mean_square_error_m": np.sqrt(((mean - known) ** 2).mean((1, 2))).mean(),
        **{f"delta_{k}_percent": 100 * (np.maximum(mean / known, known / mean) < 1.25**k).mean() for k in (1, 2, 3)},
    }
    assert summary.baselines["mean depth"] == pytest.approx(expected, rel=1e-5)
    assert set(summary.evaluation.metrics) == set(expected)
    assert summary.evaluation.metrics["root_mean_square_error_m"] < expected["root_mean_square_error_m"]
