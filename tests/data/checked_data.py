"""Data of one's own, sound and wrong, and specs that read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from spikegraph.base.errors import DataError
from spikegraph.data.class_labels import ignoring
from spikegraph.data.sets import data_sets
from spikegraph.data.trainable import parts_of, require_trainable
from spikegraph.program.program import Program

from .events.published_files import made, write_bin

SPEC = """\
sdhs 1
neuron lif {{ }}
network net {{
  input x : real[{channels}, 8, 8]
  {time}
  output logits = x -> conv(3, out = 4) -> norm -> lif -> pool -> linear(2){mean}
}}
dataset mine {{
  {keys}
}}
retrain net on mine {{
  epochs  = 1
  batch   = 1
  weights = adam(lr = 0.02)
  loss    = {loss}
}}
"""

EVENTS = "source = events\n  cache = none\n  sensor = [34, 34]"
NO_SENSOR = "source = events\n  cache = none"
IMAGES = "source = images\n  augment = []"
CROPPED = "source = images\n  augment = [resize(8), random_crop([8, 8])]"
ARRAYS = 'source = arrays\n  file = "a.npz"'
MAPS = 'source = maps\n  file = "a.npz"'
SEQUENCES = f"{ARRAYS}\n  time_steps = true"
NUMBERS = f"{SEQUENCES}\n  task = numbers"
VECTORS = f"{ARRAYS}\n  augment = [mixup(alpha = 0.2)]"

PARTS = "\n  test_inputs = x\n  test_targets = y"
FILES = "source = arrays" + "".join(
    f'\n  {prefix}{key} = "{part}/{name}.npy"'
    for part, prefix in (("train", ""), ("test", "test_"))
    for key, name in (("inputs", "x"), ("targets", "y"))
)

PIXELS = np.random.default_rng(0).random((10, 8, 8), np.float32)
LABELS = np.arange(10) % 2
LABEL_MAPS = np.random.default_rng(1).integers(0, 2, (10, 8, 8), np.uint8)


def recordings(folder: Path, last: int = 300_000) -> None:
    """Sound recordings of each of two classes, whose files don't tell the size of the sensor; they end before this time."""
    for label in "ab":
        for k in range(3):
            write_bin(folder / label / f"{k}.bin", *made(k, 50, 34, 34, stop=last))


def black_images(folder: Path) -> None:
    for label in "ab":
        (folder / label).mkdir()
        for k in range(3):
            Image.new("RGB", (8, 8)).save(folder / label / f"{k}.png")


def arrays(**held: np.ndarray) -> Callable[[Path], None]:
    return lambda folder: np.savez(folder / "a.npz", **({"images": PIXELS, "labels": LABELS} | held))


def below(folder: Path) -> None:
    (folder / "data").mkdir()
    np.savez(folder / "data" / "a.npz", images=PIXELS, labels=LABELS)


def files_of_parts(folder: Path, test_labels: np.ndarray = LABELS) -> None:
    """Arrays of which each is a file, in a folder for each part."""
    for part, labels in (("train", LABELS), ("test", test_labels)):
        (folder / part).mkdir()
        np.save(folder / part / "x.npy", PIXELS)
        np.save(folder / part / "y.npy", labels)


def declared(folder: Path, keys: str, loss: str = "cross_entropy(logits)") -> Program:
    """A spec that reads the folder; its loss may end with further keys of the training."""
    events, whole, timed = "events" in keys, "maps" in keys, "time_steps" in keys
    text = SPEC.format(
        channels=2 if events else 3 if "source = images" in keys else 1,
        time="" if events else "time = 2",
        mean=" -> mean(time)",
        keys=keys,
        loss=loss,
    )
    if timed or keys == VECTORS:
        text = text.replace("real[1, 8, 8]", "real[8]").replace("time = 2", "" if timed else "time = 2")
        text = text.replace("conv(3, out = 4)", "linear(4)").replace("-> pool ", "").replace("linear(2)", "linear(1)")
        text = text.replace("cross_entropy", "mse" if "numbers" in keys else "cross_entropy")
    if whole:
        text = text.replace("-> norm -> lif -> pool -> linear(2)", "-> norm -> lif -> conv(1, out = 2)")
    path = folder.parent / "net.sdhs"
    path.write_text(text)
    return Program.read(path)


def images(sizes: dict[str, tuple[int, int]]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for label in "ab":
            for k in range(3):
                (folder / label).mkdir(exist_ok=True)
                size = sizes.get(f"{label}{k}", (8, 8))
                Image.effect_noise(size, 50).convert("RGB").save(folder / label / f"{k}.png")

    return write


def maps(**held: np.ndarray) -> Callable[[Path], None]:
    return lambda folder: np.savez(folder / "a.npz", **({"images": PIXELS[:, None], "labels": LABEL_MAPS} | held))


def trained(program: Program, folder: Path) -> bool:
    """Whether a training reads all samples."""
    try:
        run = program.spec.retrain
        assert run is not None
        sets = parts_of(ignoring(data_sets(program.spec.datasets["mine"], folder, 0), run), run, 0)
        require_trainable(sets)
        for part in (sets.train, sets.test):
            sizes = {tuple(part[k][0].shape) if not hasattr(part[k], "inputs") else () for k in range(len(part))}
            if len(sizes) > 1:
                return False
    except DataError:
        return False
    return True
