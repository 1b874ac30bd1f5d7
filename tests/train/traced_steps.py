"""Training steps of bundled specs on a GPU that isn't there: fake tensors have shapes and a device, and no values.

`serve` is a program, which answers lines; a torch without CUDA needs `fake_cuda.cpp` for it.
"""

import json
import os
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from spikegraph.backends.distributed.objective import Objective
from spikegraph.backends.torch.datasets import Batch, collate, item
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules import generated_neurons
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.triton import library
from spikegraph.base.processes import ONE
from spikegraph.data.sets import data_sets
from spikegraph.dsl.spec import Loss
from spikegraph.ir.graph import Graph
from spikegraph.program.program import Program

from .tiny_run import ADAM, SGD, SPAN
from .waits import CUDA_READS, WaitError, never_waiting, take_steps

CUDA = torch.device("cuda", 0)
SPECS = Path(__file__).parents[2] / "specs"
WITHOUT_SAMPLE = {
    "dsec-semantic": ("cross_entropy", "labels"),
    "zoo/autodeeplab": ("cross_entropy", "logits"),
    "zoo/resnet34": ("cross_entropy", "logits"),
    "zoo/spike_yolo": ("mse", "large"),
}
"""Specs that have no training on a built-in sample, with a loss and the output that it is of."""


def steps(spec: str) -> dict[str, int]:
    """Two steps of a spec, which must not wait for the GPU; returns how often each operation was called."""
    graph, run, batch = trained(spec)
    with there(graph, batch) as (model, batch):
        return dict(take_steps(model, run, (batch,), CUDA))


def compiled(spec: str) -> dict[str, int]:
    """How often the graphs of a spec's losses have each operation, and the numbers of these graphs and of gradients."""
    graph, run, batch = trained(spec)
    seen = Counter[str]()

    def backend(module: torch.fx.GraphModule, inputs: list[Any]) -> Any:
        seen.update(["graphs", *(str(node.target) for node in module.graph.nodes)])
        return torch._dynamo.lookup_backend("aot_eager")(module, inputs)

    with there(graph, batch) as (model, batch), warnings.catch_warnings():
        warnings.simplefilter("error")
        objective = Objective(model, Losses(model.graph, run.loss), ONE)
        own, _, _ = torch.compile(objective, fullgraph=True, backend=backend, dynamic=False)(batch)
        own.backward()
    return {**seen, "gradients": sum(p.grad is not None and p.grad.device == CUDA for p in model.parameters())}


def waits(_: str) -> dict[str, int]:
    """How many of what waits for a GPU is noticed, and what isn't."""
    found = Counter[str]()
    with FakeTensorMode():
        x = torch.zeros(3, 3, device=CUDA)
        for number, read in enumerate(CUDA_READS):
            try:
                with never_waiting(x, device=CUDA):
                    read(x)
            except WaitError:
                found["noticed"] += 1
            else:
                found[f"not {number}"] += 1
    return dict(found)


def trained(spec: str) -> tuple[Graph, Any, Batch]:
    """The graph of a bundled spec, the run that trains it, and two of its samples, or a batch of zeros if it has none."""
    path = SPECS / f"{spec}.sdhs"
    profile = "sample" if "profile sample" in path.read_text(encoding="utf-8") else None
    program, known = Program.read(path, profile=profile), path.parent / "genotypes" / path.name
    if program.spec.search is None and known.exists():
        program = Program.read(path, profile=profile, genotype=known)
    run: Any = program.spec.search or program.spec.retrain
    graph = program.build().graph if program.spec.search is None else program.build("search").graph
    if spec in WITHOUT_SAMPLE:
        name, output = WITHOUT_SAMPLE[spec]
        options = {"label_smoothing": 0.0} if name == "cross_entropy" else {}
        made = SimpleNamespace(loss=(Loss(1.0, name, output, options, SPAN),), weights=SGD, architecture=ADAM, clip=1.0)
        return graph, run or made, zeros(graph, name, output)
    samples = data_sets(program.spec.datasets[run.dataset], None, 0).train
    batch = collate([item(samples.sample(k)) for k in (0, 1)], samples.task)
    return graph, run, batch


def zeros(graph: Graph, loss: str, output: str) -> Batch:
    """Two samples of zeros for a loss of an output: a class for each of its places, or numbers like it."""
    inputs = {
        name: torch.zeros(*((graph.time or 2,) if node.value.steps else ()), 2, *node.value.shape)
        for name, node in graph.inputs().items()
    }
    shape = graph.node(graph.outputs[output]).value.shape
    target = torch.zeros(2, *shape[1:], dtype=torch.long) if loss == "cross_entropy" else torch.zeros(2, *shape)
    return Batch(inputs, target, torch.ones(2, dtype=torch.bool))


@contextmanager
def there(graph: Graph, batch: Batch) -> Generator[tuple[Model, Batch]]:
    """A model and a batch on the GPU, and a block whose tensors have no values."""
    mode = FakeTensorMode()
    batch = batch.changed(mode.from_tensor)
    with mode:
        with CUDA:
            model = lower(graph).train()
        yield model, batch.to(CUDA)


def serve() -> None:
    """Answers each line `WHAT SPEC` of the standard input with one of JSON.

    Each answer is of a process of its own, because torch ends a process where the device lacks something.
    """
    aten = torch.library.Library("aten", "IMPL")  # what it registers ends with it
    aten.impl("_fused_sgd_", lambda *_, **__: None, "Meta")  # torch has no form of it without values
    library.installed = lambda: True  # no kernel is started
    generated_neurons.FEWEST_VALUES = 0  # also small maps have kernels
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            print(json.dumps(answer(*line.split())), flush=True)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status != 0:
            print(json.dumps({"error": f"the process ended with status {status}"}), flush=True)


def answer(what: str, spec: str) -> dict[str, Any]:
    """The counts of what was asked for, or an error."""
    try:
        with library.assumed():
            return {"steps": steps, "compiled": compiled, "waits": waits}[what](spec)
    except Exception:  # noqa: BLE001 (the test tells of it)
        return {"error": traceback.format_exc(-12)}
