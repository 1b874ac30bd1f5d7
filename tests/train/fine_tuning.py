"""A run on ten classes, and specs that start from its weights, on three of them."""

from pathlib import Path

import numpy as np
from safetensors.torch import load_file

from spikegraph.backends.torch.main import train_program
from spikegraph.base.progress import Silent
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings

from ..data.image_files import SMALL_FASHION, read_images

NETWORK = """\
sdhs 1

neuron lif { }
candidates one { c3 = conv(3) -> norm -> lif  skip = identity }
cell plain { nodes = 2 candidates = one neuron = lif }
genotype plain {
  n0 = c3(prev2) + c3(prev)
  n1 = c3(prev2) + c3(n0)
}

network net {
  param classes = 10
  input image : real[1, 28, 28]
  time = 2
  stem  = image -> stem(3, out = 4, stride = 4)
  cells = stem -> chain([plain, plain], width = 2)
  output logits = cells -> pool -> linear(classes) -> mean(time)
}
"""
TRAINING = "  epochs = 2\n  batch = 20\n  weights = sgd(lr = 0.1, momentum = 0.9)\n  loss = cross_entropy(logits)\n"
FIRST = f"{NETWORK}dataset fashion {{ source = fashion_mnist_small }}\n" + (
    f"retrain net on fashion {{\n{TRAINING}  epoch_samples = 200\n}}\n"
)
THREE = (
    f'{NETWORK}dataset three {{ source = arrays  file = "three.npz" }}\n'
    f"retrain net(classes = 3) on three {{\n{TRAINING}MORE}}\n"
)
HEAD = ("logits.linear.weight", "logits.linear.bias")
"""The tensors whose shapes depend on the number of classes."""


class Notices(Silent):
    """Keeps what a run says; kills the run at a step if there is one."""

    def __init__(self, kill_at: int = 0) -> None:
        self.said, self.left = [], kill_at

    def notice(self, text):
        self.said.append(text)

    def advance(self, done, numbers=None):
        self.left -= 1
        if self.left == 0:
            raise Killed


class Killed(BaseException):
    """Ends a run at once."""


def make(path):
    """Writes the run `first`, on all classes of the small images, and the images of three classes."""
    (path / "first.sdhs").write_text(FIRST)
    train_program(Program.read(path / "first.sdhs"), Settings(seed=1, threads=1), out=path / "first")
    images = read_images(SMALL_FASHION, [], None, seed=0).train
    samples = [images.sample(k) for k in range(400)]
    kept = [s for s in samples if int(s.target) < 3]
    pixels = np.stack([s.inputs["image"][0] for s in kept])
    np.savez(path / "three.npz", images=np.uint8(255 * pixels), labels=np.array([int(s.target) for s in kept]))


def program(more="", text=THREE):
    """The spec of the three classes, with other keys of its retraining."""
    Path("three.sdhs").write_text(text.replace("MORE", more))
    return Program.read("three.sdhs")


def trained(out, of, *, kill_at=0, **settings):
    """Trains; the lines that the run printed."""
    notices = Notices(kill_at)
    given = {"seed": 2, "threads": 1, "save_every": 0.0, "reporter": notices}
    train_program(of, Settings(**{**given, **settings}), out=Path(out))
    return [line for line in notices.said if line.startswith(("weights:", "left:", "frozen:", "rates:"))]


def weights(run):
    return load_file(Path(run) / "weights.safetensors")
