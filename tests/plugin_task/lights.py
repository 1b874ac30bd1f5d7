"""A plug-in: a task of several points, of which some aren't seen, with a source, a loss, a metric and a step."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from spikegraph.data.events.coding import coding_of
from spikegraph.data.events.columns import made
from spikegraph.data.events.recordings import Held
from spikegraph.data.sample import Sample
from spikegraph.data.source import Read, Samples
from spikegraph.dsl.schema.augmentations import AUGMENTATIONS, Augmentation
from spikegraph.dsl.schema.class_datasets import EventDataset
from spikegraph.dsl.schema.dataset import SOURCES, Source
from spikegraph.dsl.schema.forms import Form
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.losses import LOSSES, OF, LossSignature
from spikegraph.dsl.schema.scalars import Real
from spikegraph.plugins.registry import when_used
from spikegraph.runs.metrics import METRICS, Metric

SIDE, POINTS = 16, 3


def at(place):
    """Called with the name of each place that a test lets fail."""


def recording(seed):
    """Events of three lights, of which each is dark with a probability of a quarter, and their rows and columns."""
    random = np.random.default_rng(seed)
    places = random.uniform(2, SIDE - 2, (POINTS, 2))
    seen = random.random(POINTS) < 0.75
    seen[random.integers(POINTS)] = True
    light = random.choice(np.flatnonzero(seen), 150)
    rows, columns = np.clip(places[light] + random.normal(0, 0.5, (150, 2)), 0, SIDE - 1).astype(int).T
    t = np.sort(random.integers(0, 40_000, 150))
    return (columns, rows, t, light % 2), np.where(seen[:, None], places, np.nan).astype(np.float32)


def read(dataset, folder):
    at("read")
    coding = coding_of(dataset.events())

    class Lights(Samples):
        def __init__(self, first, count):
            self.first, self.count = first, count

        def __len__(self):
            return self.count

        def sample(self, index):
            at("sample")
            events, places = recording(self.first + index)
            values = coding.encoded(Held(Path("lights"), made(*events, Path("lights"))))
            return Sample({"events": values}, places, f"lights {self.first + index}", steps=len(values))

    return Read(Lights(0, 48), Lights(48, 16), "drawn lights")


SOURCES.register("lights", Source(EventDataset, read, built_in="with drawn lights", shape=(None, SIDE, SIDE), task="lights"))


def apart(call, values):
    at("loss")
    target = call.batch.target
    seen = target.isfinite()
    error = (values.float().reshape(target.shape) - target.nan_to_num()).abs()
    return (error * seen).sum() / seen.sum() * call.options["factor"]


FACTOR = Key("factor", Real(0, open_low=True), "1", "factor")
WORDS = "mean error of points that are seen"
LOSSES.register("apart", LossSignature("apart", (OF, FACTOR), WORDS, takes="lights", compute=apart))
METRICS.register("mean_point_error_px", Metric("mean distance of seen points"))


@dataclass(frozen=True)
class Dim:
    """Multiplies the inputs."""

    factor: float

    def __call__(self, sample, random, task):
        at("step")
        return sample.with_inputs(lambda x: x * self.factor)


AUGMENTATIONS.register(
    "dim", Augmentation("dim", (FACTOR,), "multiplies the inputs", step=Dim, reshape=lambda shape, factor: shape)
)


@when_used("spikegraph.tasks")
def tasks():
    from spikegraph.tasks import TASKS, Scores, Task

    @dataclass
    class Errors(Scores):
        found: tuple = ()

        def add(self, predicted, target):
            at("add")
            error = np.hypot(*np.moveaxis(predicted.reshape(target.shape) - target, -1, 0))
            self.found += tuple(error[np.isfinite(error)].tolist())

        def extend(self, other):
            self.found += other.found

        def metrics(self):
            at("metrics")
            return {"mean_point_error_px": float(np.mean(self.found))}

    class Lights(Task):
        """Rows and columns of points, float [P, 2], not finite where one isn't seen."""

        name, words, help, examples = "lights", "true lights", "use `apart`", 2
        forms = {"lights": Form("points [2 for each]", "lights", (None,), "end it with `linear(6)`", numbers=True)}  # noqa: RUF012

        def scores(self, about):
            at("scores")
            return Errors()

        def baselines(self, train, test, about):
            at("baselines")
            scores, mean = Errors(), np.nanmean([sample.target for sample in train.samples()], 0)
            for sample in test.samples():
                scores.add(mean[None], sample.target[None])
            return {"mean places": scores.metrics()}

        def placed(self, target, move):
            at("placed")
            return move.points(target)

        def planes(self, values, sample):
            at("planes")
            height, width = next(iter(sample.inputs.values())).shape[-2:]
            found = np.zeros((height, width))
            for k, (row, column) in enumerate(np.asarray(values).reshape(-1, 2)):
                if np.isfinite(row) and 0 <= row < height and 0 <= column < width:
                    found[int(row), int(column)] = k + 1
            return found[None]

        def _look(self):
            at("look")
            return "numbers"

        look: ClassVar[Any] = property(_look)

        def title(self, sample, about):
            at("title")
            return super().title(sample, about)

        def node(self, graph):
            at("node")
            return super().node(graph)

        def rows(self, predicted, classes):
            at("rows")
            return super().rows(predicted, classes)

        def checked(self, target):
            at("checked")
            found = super().checked(target)
            if found.shape[1:] != (2,):
                raise ValueError("give rows and columns [P, 2]")
            return found

    TASKS.register("lights", Lights())
