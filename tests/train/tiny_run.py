"""A run so small that it takes a second: networks of a few nodes on recordings made of noise.

As a program (`python tiny_run.py FOLDER [--resume] [--kill STEP]`) it makes the run, and kills itself at a step.
"""

import os
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import numpy as np
import torch

from spikegraph.backends.search import run
from spikegraph.backends.torch.datasets import Batch, collate, item
from spikegraph.base.progress import Silent
from spikegraph.data.sample import About
from spikegraph.data.sets import DataSet
from spikegraph.data.stacks import StackSource
from spikegraph.data.steps import Crop
from spikegraph.data.stereo_windows import StereoWindows
from spikegraph.data.windows import Window
from spikegraph.dsl.loader import Source, load_text
from spikegraph.dsl.schema.sample_type import SampleType
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import CallValue, Loss, Retrain, Search
from spikegraph.ir.cellspec import CandidateSpec, CellSpec, EdgeStage
from spikegraph.ir.graph import Graph
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.activation import Lif, Potential, Relu
from spikegraph.ir.ops.cells import Cell
from spikegraph.ir.ops.convolution import Conv, Linear
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.pooling import Mean, Pool
from spikegraph.ir.ops.stereo import CostVolume, Estimate, Planes
from spikegraph.ir.ops.wiring import Identity, Input, Mix
from spikegraph.ir.stage import Stage
from spikegraph.ir.types import Kind
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.summary import Summary
from spikegraph.tasks import TASKS

SPAN = Span("tiny.sdhs", 7, 3, 7, 9)
SIZE = (12, 16)
FRAMES = 2
NEURON = Neuron()
SEARCH_STEPS = RETRAIN_STEPS = 8  # an epoch has 4: half of 8 samples, or batches of 2


def stereo_graph(choice: str | None) -> Graph:
    """A stereo network with one choice between a convolution and nothing: open or decided."""
    graph = Graph("tiny", Stage.LOWERED)
    for view in ("left", "right"):
        graph.add(view, Input(kind=Kind.EVENTS, channels=FRAMES, size=SIZE), (), SPAN)
    for view in ("left", "right"):
        use = f"features@{view}"
        conv = graph.add(f"{use}.stem.conv", Conv(kernel=3, out=4, stride=2), (view,), SPAN)
        norm = graph.add(f"{use}.stem.norm", Norm(), (conv,), SPAN)
        stem = graph.add(f"{use}.stem", Relu() if choice is None else Lif(neuron=NEURON), (norm,), SPAN)
        edges: dict[str, str] = {}
        if choice in (None, "c3"):
            conv = graph.add(f"{use}.c3.conv", Conv(kernel=3, out=4), (stem,), SPAN)
            norm = graph.add(f"{use}.c3.norm", Norm(), (conv,), SPAN)
            edges["c3"] = graph.add(f"{use}.c3", Lif(neuron=NEURON), (norm,), SPAN)
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
    graph.taps["similarity"] = "similarity"
    return graph


def space_graph() -> Graph:
    """What a spec with this choice says: a cell with one edge."""
    stages = (EdgeStage(op="conv", params={"kernel": 3}), EdgeStage(op="norm"), EdgeStage(op="lif", neuron=NEURON))
    candidates = (CandidateSpec(name="c3", stages=stages), CandidateSpec(name="skip", stages=(EdgeStage(op="identity"),)))
    edges = (("n0", ("prev",)),)
    cell = CellSpec(name="feature", inputs=("prev",), nodes=1, candidates=candidates, neuron=NEURON, keep=1, edges=edges)
    graph = Graph("tiny", Stage.SPACE)
    for view in ("left", "right"):
        graph.add(view, Input(kind=Kind.EVENTS, channels=FRAMES, size=SIZE), (), SPAN)
    graph.outputs["features"] = graph.add("features", Cell(cell=cell, width=4), ("left", "left", "left"), SPAN)
    return graph


def class_graph() -> Graph:
    """A classifier of still images with a side output."""
    graph = Graph("classes", Stage.LOWERED, time=3)
    graph.add("image", Input(kind=Kind.REAL, channels=1, size=(4, 4), steps=False), (), SPAN)
    graph.add("stem.conv", Conv(kernel=3, out=4), ("image",), SPAN)
    graph.add("stem", Lif(neuron=NEURON), ("stem.conv",), SPAN)
    graph.add("pool", Pool(), ("stem",), SPAN)
    graph.taps["aux"] = graph.add("aux", Linear(out=2), ("pool",), SPAN)
    graph.add("linear", Linear(out=2), ("pool",), SPAN)
    graph.outputs["logits"] = graph.add("logits", Mean(over="time"), ("linear",), SPAN)
    return graph


class Noise:
    """A fake recording: the right view is the left one, shifted by a disparity of 4 pixels."""

    recording = SimpleNamespace(size=SIZE, disparities=36)
    focal_baseline = 20.0

    def stack(self, side: str, k: int) -> np.ndarray[Any, np.dtype[np.int8]]:
        left = np.random.default_rng(k + 100).integers(-1, 2, (FRAMES, *SIZE), dtype=np.int8)
        return left if side == "left" else np.roll(left, -4, axis=-1)

    def has_inputs(self, k: int) -> bool:
        return k >= 0

    def inputs(self, k: int) -> dict[str, np.ndarray[Any, np.dtype[np.int8]]]:
        return {side: self.stack(side, k) for side in ("left", "right")}

    def disparity(self, k: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        truth = np.full(SIZE, 4, dtype=np.float32)
        truth[:, :4] = np.inf
        truth[k % 3] = np.inf
        return truth


def windows_of(windows: Sequence[Window], names: Sequence[str] = ("noise",), burn_in: int = 1) -> StereoWindows:
    return StereoWindows(cast("Mapping[str, StackSource]", dict.fromkeys(names, Noise())), tuple(windows), burn_in)


def stereo_set(count: int, first: int = 0, crop: bool = True) -> DataSet:
    source = windows_of([Window("noise", first + 2 * k, (True, True)) for k in range(count)])
    return DataSet(source, TASKS["disparity"], (Crop((8, 12)),) if crop else (), training=crop, seed=3)


def first_batch(samples: DataSet) -> Batch:
    return collate([item(samples.sample(0))], samples.task)


@dataclass(frozen=True)
class Sets:
    train: DataSet = field(default_factory=lambda: stereo_set(8))
    test: DataSet = field(default_factory=lambda: stereo_set(3, 40, crop=False))
    notes: tuple[str, ...] = ("the recordings are noise",)
    source: str = "noise"
    sha256: str = "0" * 64

    @property
    def about(self) -> About:
        return self.train.about

    @property
    def sample_type(self) -> SampleType:
        return SampleType(("left", "right"), "events", True, (FRAMES, *SIZE), None, "disparity")

    def held_out(self, *_: Any) -> tuple[DataSet, DataSet]:
        return self.train, stereo_set(2, 20, crop=False)

    def baselines(self) -> Mapping[str, Mapping[str, float]]:
        return {"constant": {"mean_disparity_error_px": 2.0}}


def call(name: str, **named: Any) -> CallValue:
    return CallValue(name, (), named, SPAN)


SGD = call("sgd", lr=0.05, momentum=0.9, weight_decay=0.0, nesterov=False)
ADAM = call("adam", lr=0.02, betas=(0.5, 0.999), weight_decay=0.001)
LOSS = (Loss(1.0, "subpixel_cross_entropy", None, {"diversity": 2.0}, SPAN),)

USUAL = {"epoch_samples": None, "sampling": "uniform", "workers": 0, "accumulate": 1, "validate": None, "patience": None}
SHARED = {"mix": None, "loss": LOSS, **USUAL}


def search_run(**options: Any) -> Search:
    values = {
        "method": call("darts", discretise=call("alpha"), edges=False),
        "epochs": 2,
        "warm_up": 1,
        "batch": 1,
        "split": 0.5,
        "weights": SGD,
        "schedule": (call("cosine", min=0.0),),
        "architecture": ADAM,
        "clip": 5.0,
        "stems": "relu",
        "snapshots": None,
        "objective": (),
    }
    return Search(network="tiny", bindings={}, choices={}, dataset="noise", span=SPAN, **{**SHARED, **values, **options})


def retrain_run(**options: Any) -> Retrain:
    values = {
        "epochs": 2,
        "batch": 2,
        "weights": ADAM,
        "schedule": (call("halve_at", epochs=(1,)),),
        "clip": None,
        "stems": "lif",
        "weights_from": None,
        "take": None,
        "freeze": (),
        "rates": (),
        "dgs": (),
    }
    return Retrain(
        network="tiny", bindings={}, dataset="noise", span=SPAN, stems_stated=False, **{**SHARED, **values, **options}
    )


@dataclass(frozen=True)
class TinyProgram:
    """A fake program: graphs built by hand, genotypes of one word."""

    search: Search | None = field(default_factory=search_run)
    retrain: Retrain = field(default_factory=retrain_run)
    genotype_text: str | None = None
    text: str = "sdhs 1\n"
    graph: Callable[[str], Graph] = stereo_graph
    name: str = "tiny.sdhs"
    profile: str | None = None
    overrides: tuple[str, ...] = ()
    genotype: None = None
    computed: tuple[str, ...] = ()
    source: Source = field(default_factory=lambda: load_text("sdhs 1\n", "tiny.sdhs"))

    @property
    def spec(self) -> Any:
        return SimpleNamespace(search=self.search, retrain=self.retrain)

    def build(self, phase: str) -> Any:
        if phase == "search":
            return SimpleNamespace(graph=stereo_graph(None), plain=stereo_graph(None), space=space_graph())
        chosen = re.search(r"(c3|skip)(?=\(|$)", self.genotype_text or "", re.MULTILINE)
        assert chosen is not None
        graph = self.graph(chosen[1])
        return SimpleNamespace(graph=graph, plain=graph)

    def space(self, phase: str) -> Graph:
        return space_graph()

    def bind(self, genotype: str, name: str) -> "TinyProgram":
        return replace(self, genotype_text=genotype)


@dataclass(frozen=True)
class Job:
    """The arguments of a training."""

    folder: Path
    program: Any
    settings: Settings
    data: Any = field(default_factory=Sets)


def job(folder: Path, **changes: Any) -> Job:
    given = {k: changes.pop(k) for k in list(changes) if k in Settings.__dataclass_fields__}
    if "genotype" in changes:
        changes["genotype_text"] = changes.pop("genotype")
    return Job(folder, TinyProgram(**changes), Settings(**{"seed": 5, "save_every": 0.0, **given}))


def train(of: Job) -> Summary:
    drawing = {"expected_text": lambda search: None, "spent": lambda search, candidates: None}  # a fake has no networks to draw
    with patch.multiple("spikegraph.backends.search.run", **drawing):
        return run.train(of.program, of.data, RunFolder(of.folder), of.settings)


class At(Silent):
    """Calls a function after a number of steps of the whole run."""

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
        reporter = At(int(rest[rest.index("--kill") + 1]), lambda: os.kill(os.getpid(), signal.SIGKILL))
    train(job(Path(folder), resume="--resume" in rest, reporter=reporter))


if __name__ == "__main__":
    main(*sys.argv[1:])
