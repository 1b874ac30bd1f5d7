"""A plug-in: a task whose predictions are stored as a kind of example that the package doesn't know, and draw themselves."""

import numpy as np

from spikegraph.data.sample import Sample
from spikegraph.data.source import Read, Samples
from spikegraph.dsl.schema.dataset import SOURCES, Dataset, Source
from spikegraph.dsl.schema.forms import Form
from spikegraph.dsl.schema.losses import LOSSES, OF, LossSignature
from spikegraph.dsl.schema.record import record
from spikegraph.plugins.registry import when_used

SIDE = 16
COLOUR = (255, 0, 255)


@record
class SpotDataset(Dataset):
    """Images with a spot."""


def place(number):
    """The row and the column of a spot."""
    return np.array([2 + number % 12, 2 + 5 * number % 12], np.float32)


def read(dataset, folder):
    class Spots(Samples):
        def __init__(self, first, count):
            self.first, self.count = first, count

        def __len__(self):
            return self.count

        def sample(self, index):
            image = np.zeros((1, SIDE, SIDE), np.float32)
            row, column = place(self.first + index).astype(int)
            image[0, row - 1 : row + 2, column - 1 : column + 2] = 1
            return Sample({"image": image}, place(self.first + index), f"spot {self.first + index}")

    return Read(Spots(0, 16), Spots(16, 4), "drawn spots")


SOURCES.register("spots", Source(SpotDataset, read, built_in="with drawn spots", shape=(1, SIDE, SIDE), task="spot"))
SQUARED = LossSignature(
    "near", (OF,), "squared distance", takes="spot", compute=lambda call, x: (x - call.batch.target).pow(2).mean()
)
LOSSES.register("near", SQUARED)


@when_used("spikegraph.tasks")
def tasks():
    from dataclasses import dataclass
    from typing import Any

    from spikegraph.runs.examples import Example
    from spikegraph.tasks import TASKS
    from spikegraph.tasks.numbers import Numbers

    def drawn(place, image):
        """The image [H, W, 3] with a place."""
        found = np.array(image)
        row, column = np.clip(np.round(place).astype(int), 0, SIDE - 1)
        found[row, column] = COLOUR
        return found

    @dataclass(frozen=True)
    class SpotExample(Example):
        name: str
        image: Any
        place: Any
        predicted: Any
        kind = many = "spots"

        def arrays(self):
            return {"image": self.image, "places": np.stack([self.place, self.predicted])}

        def facts(self):
            return self.name

        @classmethod
        def read(cls, stored, facts):
            return cls(facts, stored.array("image", np.uint8, 3), *stored.array("places", np.float32, 2))

        def views(self):
            return {"true spot": drawn(self.place, self.image), "predicted spot": drawn(self.predicted, self.image)}

        @property
        def note(self):
            return f"{np.linalg.norm(self.predicted - self.place):.1f} px apart"

    class Spot(Numbers):
        """The row and the column of a spot, float [2]."""

        name, words, help, look, examples, mixes = "spot", "true spots", "use `near`", "colours", 2, False
        forms = {"spot": Form("a spot [2]", "spot", (2,), "end the output with `linear(2)`", numbers=True)}  # noqa: RUF012
        kinds = (SpotExample,)

        def example(self, sample, predicted, picture):
            image = np.repeat(255 * sample.inputs["image"].transpose(1, 2, 0), 3, 2).astype(np.uint8)
            return SpotExample(sample.name, image, sample.target, predicted.astype(np.float32))

        def planes(self, values, sample):
            return drawn(values, np.zeros((SIDE, SIDE, 3))).transpose(2, 0, 1)

    TASKS.register("spot", Spot())
