"""A real search in seconds: a spec of tiny cells on folders of a few images.

As a program (`python tiny_search.py FOLDER METHOD [--resume] [--kill STEP] [--control K]`) it makes the run `FOLDER/run`.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).parents[1] / "data"))

from image_files import write_folders
from tiny_run import At, Silent

from spikegraph.backends.torch.main import train_program
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.summary import Summary

SPEC = """sdhs 1
neuron lif { }
candidates both {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell plain { nodes = 2 candidates = both neuron = lif }
network net {
  input x : real[3, 8, 8]
  time = 2
  stem  = x -> stem(3, out = 4)
  output logits = stem -> chain([plain], width = 2) -> pool -> linear(2) -> mean(time)
}
dataset images { source = imagenet  augment = [random_crop([8, 8])] }
search net on images {
  method = METHOD
  epochs = 2  warm_up = 0  batch = 4
  weights = sgd(lr = 0.05)  architecture = adam(lr = 0.5)  loss = cross_entropy(logits)
}
retrain net on images {
  epochs = 4  batch = 4  weights = sgd(lr = 0.05)  loss = cross_entropy(logits)  VALIDATE
}
"""


class Told(Silent):
    """Collects what is shown: notices, and the titles of what is in progress."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.titles: list[str] = []

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def start(
        self, title: str, total: int, done: int = 0, *, unit: str = "samples", after: int | None = None, whole: str = "run"
    ) -> None:
        self.titles.append(title)


def made(folder: Path, method: str, *, validate: bool = True) -> Program:
    """The spec and its images in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "data").exists():
        write_folders(folder / "data", [(8, 8)] * 8)
    text = SPEC.replace("METHOD", method).replace("VALIDATE", "validate = 0.25" if validate else "")
    (folder / "net.sdhs").write_text(text)
    return Program.read(folder / "net.sdhs")


def train(folder: Path, method: str, *, validate: bool = True, **settings: object) -> Summary:
    """Makes or resumes the run `folder/run`, with a checkpoint after every step."""
    torch.set_num_threads(1)
    how = Settings(**{"seed": 3, "save_every": 0.0, "threads": 1, **settings})  # pyright: ignore[reportArgumentType]
    of = made(folder, method, validate=validate)
    return train_program(of, how, data=folder / "data", out=folder / "run")[1]


def stop_after(step: int, number: int = signal.SIGINT) -> At:
    """A reporter that sends this process a signal after so many steps and batches of all phases."""
    act: Callable[[], None] = lambda: os.kill(os.getpid(), number)  # noqa: E731
    return At(step, act)


def main(folder: str, method: str, *rest: str) -> None:
    """The run, as a program."""
    more: dict[str, object] = {"resume": "--resume" in rest}
    if "--kill" in rest:
        more["reporter"] = stop_after(int(rest[rest.index("--kill") + 1]), signal.SIGKILL)
    if "--control" in rest:
        more["controls"] = int(rest[rest.index("--control") + 1])
    train(Path(folder), method, **more)  # pyright: ignore[reportArgumentType]


if __name__ == "__main__":
    main(*sys.argv[1:])
