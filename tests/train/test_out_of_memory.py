"""Memory that runs out: the error names the layer, in a step, in a surrogate search, in an evaluation and elsewhere."""

import os
import re
import signal
import sys
from pathlib import Path

import dgs_networks as nets
import numpy as np
import pytest
import torch
from typing_extensions import override

from spikegraph.analysis.dgs import groups
from spikegraph.analysis.out_of_memory import naming_layers, out_of_memory, readable
from spikegraph.backends.torch.kernels import KERNELS, substeps
from spikegraph.backends.torch.train import dgs, dgs_passes
from spikegraph.backends.torch.train.loader import batches
from spikegraph.backends.torch.train.sampling import Draw
from spikegraph.backends.torch.train.step import step
from spikegraph.base.errors import OutOfMemoryError
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet
from spikegraph.data.source import Samples
from spikegraph.plugins.registry import Registry
from spikegraph.tasks import TASKS

from ..forked import python

ROOT = Path(__file__).parents[2]

# The process may become as large as it is, or as in a forward pass.
STEP = """
import resource, sys
from pathlib import Path
import dgs_networks
import torch
import tiny_run
from spikegraph.analysis.dgs import groups
from spikegraph.analysis.out_of_memory import naming_layers
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.train.dgs import iterate
from spikegraph.backends.torch.train.dgs_passes import Passes
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.step import step
from spikegraph.data.images import ImageArrays
from spikegraph.data.sets import DataSet
from spikegraph.dsl.spec import Loss
from spikegraph.base.errors import OutOfMemoryError
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.activation import Lif
from spikegraph.ir.ops.convolution import Conv, Linear
from spikegraph.ir.ops.pooling import Mean, Pool
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.stage import Stage
from spikegraph.ir.types import Kind
from spikegraph.passes.instrument_dgs import InstrumentDgs
from spikegraph.tasks import TASKS

torch.set_num_threads(1)
graph = Graph("classes", Stage.LOWERED, time=1)
graph.add("image", Input(kind=Kind.REAL, channels=1, size=(512, 512), steps=False), (), tiny_run.SPAN)
graph.add("first", Conv(kernel=3, out=16), ("image",), tiny_run.SPAN)
graph.add("lif", Lif(neuron=tiny_run.NEURON), ("first",), tiny_run.SPAN)
graph.add("second", Conv(kernel=3, out=16), ("lif",), tiny_run.SPAN)
graph.add("pool", Pool(), ("second",), tiny_run.SPAN)
graph.add("linear", Linear(out=2), ("pool",), tiny_run.SPAN)
graph.outputs["logits"] = graph.add("logits", Mean(over="time"), ("linear",), tiny_run.SPAN)
if sys.argv[1] == "search":
    graph = InstrumentDgs(at="lif").apply(graph)
model = lower(graph).train()
losses = Losses(graph, (Loss(1.0, "cross_entropy", None, {"label_smoothing": 0.0}, tiny_run.SPAN),))
optimizer = torch.optim.SGD(model.weights(), lr=0.1)
batch = Batch({"image": torch.randn(4, 1, 512, 512)}, torch.tensor([0, 1, 0, 1]), torch.ones(4, dtype=torch.bool))

def size(line):
    found = next(l for l in Path("/proc/self/status").read_text().splitlines() if l.startswith(line))
    return int(found.split()[1]) << 10

def search():
    candidates = {"lif": (2.9, 3.1)}
    return iterate(passes, optimizer, candidates, dgs_networks.declared("lif", candidates=2), batch)

act = lambda: step(model, losses, optimizer, [batch])
limit = size("VmSize")
match sys.argv[1]:
    case "evaluation":
        images = batch.inputs["image"].permute(0, 2, 3, 1).numpy()
        samples = DataSet(ImageArrays(images, batch.target.numpy(), ("a", "b")), TASKS["class"])
        act = lambda: evaluate(model, samples, 4)
    case "search":
        passes, act = Passes(model, losses, groups(graph)), search
        passes.forward(batch)
        limit = size("VmPeak")
resource.setrlimit(resource.RLIMIT_AS, (limit + (16 << 20), -1))
try:
    with naming_layers():
        act()
except OutOfMemoryError as error:
    print(error)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits the size of a process")
@pytest.mark.parametrize(
    ("when", "where"),
    [("forward", "at `first`"), ("search", "in the backward pass of `(second|pool)`"), ("evaluation", "at `first`")],
)
def test_a_limit_of_the_system(when: str, where: str) -> None:
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'train'}", "OMP_NUM_THREADS": "1"}
    done = python("-c", STEP, when, env=environment)
    fix = "use a smaller `batch`, smaller crops or `spikegraph compile --train --precision bf16`"
    assert done.returncode == 0, done.stderr
    said = rf"out of memory {where} \(tiny.sdhs:7:3\), which needs \d+ MiB more \(help: {re.escape(fix)}\)\n"
    assert re.fullmatch(said, done.stdout), done.stdout


def failing(*_: object, **__: object) -> torch.Tensor:
    raise MemoryError


class Backward(torch.autograd.Function):
    """Memory runs out in its backward pass."""

    @staticmethod
    def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: object, *gradients: torch.Tensor) -> torch.Tensor:
        raise MemoryError


@pytest.mark.parametrize(
    ("place", "where"),
    [
        ("neuron", "at `first`"),
        ("backward", "in the backward pass of `first`"),
        ("step", "in a candidate's step of `first`"),
        ("mixed", "in the backward pass of `first`"),
    ],
)
def test_a_surrogate_search(place: str, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the neuron with another temperature, its backward pass, a candidate's step, and the mixed output's backward pass."""
    model, losses, batch = nets.chain("first")
    passes, lif = dgs_passes.Passes(model, losses, groups(model.graph)), KERNELS["lif"]
    match place:
        case "neuron":
            monkeypatch.setattr(dgs_passes, "KERNELS", {"lif": failing})
        case "backward":
            monkeypatch.setattr(dgs_passes, "KERNELS", {"lif": lambda call, xs, state: lif(call, [Backward.apply(*xs)], state)})
        case "step":
            monkeypatch.setattr(dgs, "trial_step", failing)
        case _:
            monkeypatch.setattr(dgs_passes, "mix", lambda currents, alpha: Backward.apply(currents[0] * alpha[0]))
    optimizer = nets.used_optimizer(model)
    before = nets.snapshot(model, optimizer)
    with pytest.raises(OutOfMemoryError) as caught, naming_layers():
        dgs.iterate(passes, optimizer, {"first": (2.9, 3.1)}, nets.declared("first", candidates=2), batch)
    assert caught.value.summary == f"out of memory {where} (tiny.sdhs:7:3)"
    nets.assert_same(before, nets.snapshot(model, optimizer))


@pytest.mark.unchecked
def test_a_training_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the backward pass; no weight has changed."""
    lif = KERNELS["lif"]
    broken = {**KERNELS, "lif": lambda call, xs, state: lif(call, [Backward.apply(*xs)], state)}
    monkeypatch.setattr(substeps, "KERNELS", Registry("kernel", "spikegraph.kernels", broken))
    model, losses, batch = nets.chain("first")
    optimizer = nets.used_optimizer(model)
    before = [p.clone() for p in model.weights()]
    with pytest.raises(OutOfMemoryError) as caught, naming_layers():
        step(model, losses, optimizer, [batch])
    assert caught.value.summary == "out of memory in the backward pass of `n0` (tiny.sdhs:7:3)"
    assert all(map(torch.equal, before, model.weights()))


class Deadly(Samples):
    """Samples whose reader is killed, as the system does when memory runs out."""

    @override
    def __len__(self) -> int:
        return 4

    @override
    def sample(self, index: int) -> Sample:
        if torch.utils.data.get_worker_info() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return Sample({"image": np.zeros((1, 4, 4), np.float32)}, np.array(0))


def test_a_process_that_reads_data_is_killed() -> None:
    with pytest.raises(OutOfMemoryError) as caught, naming_layers():
        samples = DataSet(Deadly(), TASKS["class"])
        list(batches(samples, [[Draw(0, 0), Draw(0, 1)]], torch.device("cpu"), workers=1, seed=0))
    assert caught.value.summary == "out of memory: a process that reads data was killed or got no shared memory"
    assert caught.value.help == "use `workers = 0`, or give /dev/shm more space"


def test_texts() -> None:
    assert [readable(n) for n in (12, 2048, 3.5e9, 2**42)] == ["12 bytes", "2 KiB", "3.26 GiB", "4 TiB"]
    assert str(out_of_memory(MemoryError())).startswith("out of memory (help: ")
    array = MemoryError("Unable to allocate 7.45 GiB for an array with shape (1000000000,) and data type float64")
    assert out_of_memory(array, " at `a`").summary == "out of memory at `a`, which needs 7.45 GiB more"


def test_other_errors_stay_as_they_are() -> None:
    with pytest.raises(RuntimeError, match="a defect"), naming_layers():
        raise RuntimeError("a defect")
