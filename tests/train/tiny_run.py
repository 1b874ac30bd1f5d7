"""A run so small that it takes a second: networks of a few nodes on recordings made of noise.

As a program (`python tiny_run.py FOLDER [--resume] [--kill STEP]`) it makes the run, and kills itself at a step.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import torch

from spikegraph.backends.torch.datasets.stereo import StereoDataset
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.job import Job, Phase
from spikegraph.backends.torch.train.progress import Silent
from spikegraph.backends.torch.train.run import train
from spikegraph.data.augment import RandomCrop
from spikegraph.data.stacks import StackSource
from spikegraph.data.windows import Window
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import CallValue, Loss, Retrain, Search
from spikegraph.ir.graph import Graph
from spikegraph.ir.legality import Stage
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.activation import Lif, Potential, Relu
from spikegraph.ir.ops.convolution import Conv, Linear, Norm
from spikegraph.ir.ops.pooling import Mean, Pool
from spikegraph.ir.ops.stereo import CostVolume, Estimate, Planes
from spikegraph.ir.ops.wiring import Identity, Input, Mix
from spikegraph.ir.types import Kind

SPAN = Span("tiny.sdhs", 7, 3, 7, 9)
SIZE = (12, 16)
FRAMES = 2
NEURON = Neuron()
SEARCH_STEPS = 8  # an epoch has 4, half of 8 samples
RETRAIN_STEPS = 8  # an epoch has 4 batches of 2


def stereo_graph(choice: str | None) -> Graph:
    """A stereo network with one choice between a convolution and nothing: open, or made."""
    graph = Graph("tiny", Stage.LOWERED)
    for view in ("left", "right"):
        graph.add(view, Input(kind=Kind.EVENTS, channels=FRAMES, size=SIZE), (), SPAN)
    for view in ("left", "right"):
        use = f"features@{view}"
        graph.add(f"{use}.stem.conv", Conv(kernel=3, out=4, stride=2), (view,), SPAN)
        graph.add(f"{use}.stem.norm", Norm(), (f"{use}.stem.conv",), SPAN)
        stem = graph.add(f"{use}.stem", Relu() if choice is None else Lif(neuron=NEURON), (f"{use}.stem.norm",), SPAN)
        edges: dict[str, str] = {}
        if choice in (None, "c3"):
            graph.add(f"{use}.c3.conv", Conv(kernel=3, out=4), (stem,), SPAN)
            graph.add(f"{use}.c3.norm", Norm(), (f"{use}.c3.conv",), SPAN)
            edges["c3"] = graph.add(f"{use}.c3", Lif(neuron=NEURON), (f"{use}.c3.norm",), SPAN)
        if choice in (None, "skip"):
            edges["skip"] = graph.add(f"{use}.skip", Identity(), (stem,), SPAN)
        current = next(iter(edges.values()))
        if choice is None:
            current = graph.add(f"{use}.mix", Mix(cell="feature", edge=0), tuple(edges.values()), SPAN)
        graph.add(use, Lif(neuron=NEURON), (current,), SPAN)
    graph.add("volume", CostVolume(planes=3), ("features@left", "features@right"), SPAN)
    graph.add("similarity.conv", Conv(kernel=3, out=1), ("volume",), SPAN)
    graph.add("similarity", Potential(decay=0.2), ("similarity.conv",), SPAN)
    graph.add("disparity.planes", Planes(), ("similarity", "left"), SPAN)
    graph.outputs["disparity"] = graph.add("disparity", Estimate(step=2), ("disparity.planes",), SPAN)
    return graph


def class_graph() -> Graph:
    """A classifier of still images with a side output."""
    graph = Graph("classes", Stage.LOWERED, time=3)
    graph.add("image", Input(kind=Kind.REAL, channels=1, size=(4, 4), steps=False), (), SPAN)
    graph.add("stem.conv", Conv(kernel=3, out=4), ("image",), SPAN)
    graph.add("stem", Lif(neuron=NEURON), ("stem.conv",), SPAN)
    graph.add("pool", Pool(), ("stem",), SPAN)
    graph.add("aux", Linear(out=2), ("pool",), SPAN)
    graph.add("linear", Linear(out=2), ("pool",), SPAN)
    graph.outputs["logits"] = graph.add("logits", Mean(over="time"), ("linear",), SPAN)
    return graph


class Noise:
    """Stands for a recording: the right view is the left one, moved by the disparity of 4 pixels."""

    recording = SimpleNamespace(size=SIZE)
    focal_baseline = 20.0

    def stack(self, side: str, k: int) -> np.ndarray[Any, np.dtype[np.int8]]:
        left = np.random.default_rng(k + 100).integers(-1, 2, (FRAMES, *SIZE), dtype=np.int8)
        return left if side == "left" else np.roll(left, -4, axis=-1)

    def disparity(self, k: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        truth = np.full(SIZE, 4, dtype=np.float32)
        truth[:, :4] = np.inf
        truth[k % 3] = np.inf
        return truth


def stereo_set(count: int, first: int = 0, crop: bool = True) -> StereoDataset:
    windows = [Window("noise", first + 2 * k, (True, True)) for k in range(count)]
    sources = cast("Mapping[str, StackSource]", {"noise": Noise()})
    return StereoDataset(sources, windows, burn_in=1, augment=(RandomCrop((8, 12)),) if crop else (), seed=3)


@dataclass(frozen=True)
class Sets:
    train: StereoDataset = field(default_factory=lambda: stereo_set(8))
    test: StereoDataset = field(default_factory=lambda: stereo_set(3, 40, crop=False))
    notes: tuple[str, ...] = ("the recordings are noise",)
    source: str = "noise"


def call(name: str, **named: Any) -> CallValue:
    return CallValue(name, (), named, SPAN)


SGD = call("sgd", lr=0.05, momentum=0.9, weight_decay=0.0, nesterov=False)
ADAM = call("adam", lr=0.02, betas=(0.5, 0.999), weight_decay=0.001)
LOSS = (Loss(1.0, "subpixel_cross_entropy", None, {"diversity": 2.0}, SPAN),)


RUN = {
    "network": "tiny",
    "bindings": {},
    "dataset": "noise",
    "stems": "relu",
    "mix": None,
    "loss": LOSS,
    "epoch_samples": None,
    "workers": 0,
    "span": SPAN,
}


def search_run(**options: Any) -> Search:
    values = {
        "epochs": 2,
        "warm_up": 1,
        "batch": 1,
        "split": 0.5,
        "weights": SGD,
        "schedule": call("cosine", min=0.0),
        "architecture": ADAM,
        "clip": 5.0,
        "snapshots": None,
    }
    return Search(**{**RUN, **values, **options})


def retrain_run(**options: Any) -> Retrain:
    values = {
        "epochs": 2,
        "batch": 2,
        "weights": ADAM,
        "schedule": call("halve_at", epochs=(1,)),
        "clip": None,
        "dgs": (),
    }
    return Retrain(**{**RUN, **values, **options})


def decode(values: Mapping[str, np.ndarray[Any, np.dtype[np.float64]]]) -> str:
    (row,) = values["feature.alpha"]
    return ("c3", "skip")[int(row.argmax())] + "\n"


def build_retrained(genotype: str | None) -> Model:
    assert genotype is not None
    return Model(stereo_graph(genotype.strip()))


def job(folder: Path, **changes: Any) -> Job:
    values: dict[str, Any] = {
        "folder": folder,
        "spec_path": "tiny.sdhs",
        "spec_text": "sdhs 1\n",
        "resolved": "sdhs 1\n",
        "search": Phase(search_run(), lambda: Model(stereo_graph(None))),
        "retrain": Phase(retrain_run(), build_retrained),
        "decode": decode,
        "genotype": None,
        "data": Sets(),
        "baselines": lambda: {"constant": {"mean_disparity_error_px": 2.0}},
        "save_every": 0.0,
        "seed": 5,
    }
    return Job(**{**values, **changes})


class At(Silent):
    """Does something once so many steps of the whole run are done."""

    def __init__(self, step: int, act: Callable[[], None]) -> None:
        self.left, self.act = step, act

    def advance(self, done: int, numbers: Mapping[str, float] | None = None) -> None:
        self.left -= 1
        if self.left == 0:
            self.act()


def main(folder: str, *rest: str) -> None:
    torch.set_num_threads(1)
    reporter = Silent()
    if "--kill" in rest:
        step = int(rest[rest.index("--kill") + 1])
        reporter = At(step, lambda: os.kill(os.getpid(), signal.SIGKILL))
    train(job(Path(folder), resume="--resume" in rest, reporter=reporter))


if __name__ == "__main__":
    main(*sys.argv[1:])
