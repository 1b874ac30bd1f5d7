"""A small network that was trained on simulated events, and test samples one after the other as a recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import spikegraph
from spikegraph.backends.torch.datasets import item
from spikegraph.backends.torch.main import train_program
from spikegraph.data.events.blocks import Block
from spikegraph.data.sets import data_sets
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings

from ..data.events.recording_files import read
from ..few_images import MOVED, few_moved
from ..made_once import made_once
from .stream_helpers import APART_US, SAMPLES

SPEC = """\
sdhs 1

neuron lif { }
network net {
  input film : real[2, 34, 34]
  first = film -> conv(3, out = 8, stride = 2) -> norm -> lif -> conv(3, out = 8, stride = 2) -> norm -> lif
  output logits = first -> flatten -> linear(10) -> mean(time)
}
dataset moved { source = events_small  steps = 3  duration = 100ms  cache = none }
retrain net on moved {
  epochs = 1  batch = 20  epoch_samples = 200
  weights = adam(lr = 0.01)  loss = cross_entropy(logits)
}
"""


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the run, which the tests don't change; its accuracy, of few recordings, isn't looked at."""

    def make(folder: Path) -> None:
        folder.mkdir()
        (folder / "net.sdhs").write_text(SPEC)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MOVED, lambda: few_moved(1000))
            train_program(Program.read(folder / "net.sdhs"), Settings(seed=1), out=folder / "run")

    return made_once(tmp_path_factory, "stream", make) / "run"


@pytest.fixture(scope="session")
def samples(run: Path) -> tuple[Block, np.ndarray]:
    """Test samples, 0.1 s long each, as one recording, and the network's logits for each sample [SAMPLES, 10]."""
    test = data_sets(Program.read(run / "resolved.sdhs").spec.datasets["moved"], None, 0).test
    model = spikegraph.load_run(run)
    with torch.inference_mode():
        inputs = (item(test.sample(k)).inputs["events"] for k in range(SAMPLES))
        logits = torch.stack([model(x[:, None])[0] for x in inputs]).numpy()
    parts: list[Block] = []
    for k in range(SAMPLES):
        events = read(test.source.files[k])
        t = events.t - events.t.min()
        parts.append(events._replace(t=t + k * APART_US).where(t < APART_US))
    x, y, t, on = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Block(x.astype(np.int64), y.astype(np.int64), t, on), logits
