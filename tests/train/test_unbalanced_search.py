"""A search whose halves are sampled by class, mixed and weighted: resumed with its spec to the same bits."""

from pathlib import Path

import pytest
from tiny_run import At

from spikegraph.backends.torch.main import train_program
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.record import read_run
from spikegraph.runs.repeated import compared

from ..few_images import PLACE, few_images

SPEC = """sdhs 1
neuron lif { }
candidates both {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell plain { nodes = 1 candidates = both neuron = lif }
network net {
  input image : real[1, 14, 14]
  time = 2
  stem  = image -> stem(3, out = 4, stride = 2)
  output logits = stem -> chain([plain], width = 4) -> pool -> linear(10) -> mean(time)
}
dataset fashion_mnist_small { augment = [resize(14), mixup(alpha = 1)] }
search net on fashion_mnist_small {
  epochs = 1  warm_up = 0  batch = 5  epoch_samples = 20  sampling = balanced
  weights = sgd(lr = 0.05)  architecture = adam(lr = 0.5)  loss = cross_entropy(logits, class_weights = balanced)
}
retrain net on fashion_mnist_small {
  epochs = 1  batch = 5  epoch_samples = 20  sampling = balanced  validate = 0.02
  weights = adam(lr = 0.05)  loss = cross_entropy(logits, class_weights = balanced)
}
"""


def train(folder: Path, name: str, **changes: object) -> Path:
    settings = Settings(seed=1, device="cpu", threads=1, **changes)  # pyright: ignore[reportArgumentType]
    return train_program(Program.read(folder / "net.sdhs"), settings, out=folder / name)[0]


def fail() -> None:
    raise ZeroDivisionError


def test_a_search_is_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PLACE, lambda: few_images(4000))  # all images for training
    (tmp_path / "net.sdhs").write_text(SPEC)
    whole = train(tmp_path, "whole")
    text = " ".join((whole / "resolved.sdhs").read_text().split())
    assert text.count("sampling = balanced") == 2
    assert text.count("class_weights = [1.0, 1.0, ") == 1  # of the search: 400 samples of each class
    assert text.count("class_weights = [") == 2
    for step in (2, 6):
        with pytest.raises(ZeroDivisionError):
            train(tmp_path, f"at {step}", save_every=0.0, reporter=At(step, fail))
        found = compared(read_run(whole), read_run(train(tmp_path, f"at {step}", resume=True)))
        assert [result.what for result in found if result.difference is not None] == []
