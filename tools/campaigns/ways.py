"""The ways in which a network can be computed, as a table: the form of its graph, what is set meanwhile, and how it is run."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from unittest.mock import patch

import torch
from torch import Tensor

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules import generated_neurons
from spikegraph.backends.torch.native import build, sparse
from spikegraph.backends.torch.native.sparse import SparsePasses
from spikegraph.backends.torch.plan import States
from spikegraph.meaning.rounding.bounded import BFLOAT16, FLOAT32, FLOAT64, Precision
from spikegraph.passes.base import Pass
from spikegraph.passes.fuse import Fuse
from spikegraph.passes.phase_pipelines import FASTER
from spikegraph.passes.sparsify import Sparsify
from spikegraph.passes.widen import Widen

Tensors = dict[str, Tensor]
Run = Callable[[Model, Tensors, Sequence[str], Random], Iterator[Tensors]]
"""(model, inputs, nodes, random numbers) -> the values of the nodes in pieces of the sequence, all nodes that were computed."""


def whole(model: Model, inputs: Tensors, nodes: Sequence[str], rng: Random) -> Iterator[Tensors]:
    """The whole sequence at once."""
    yield _run(model, inputs, {}, nodes)[0]


def pieces(model: Model, inputs: Tensors, nodes: Sequence[str], rng: Random) -> Iterator[Tensors]:
    """The sequence cut anywhere, with the state of one piece for the next."""
    steps = len(next(iter(inputs.values())))
    cuts = [0, *sorted(rng.sample(range(1, steps), rng.randint(0, steps - 1))), steps]
    state: States = {}
    for start, end in pairwise(cuts):
        found, state = _run(model, {name: x[start:end] for name, x in inputs.items()}, state, nodes)
        yield found


def _run(model: Model, inputs: Tensors, state: States, nodes: Sequence[str]) -> tuple[Tensors, States]:
    seen: Tensors = {}
    _, after = model.run(inputs, state, nodes, watch=lambda name, x: seen.__setitem__(name, x.clone()))
    return seen, after


def steps(model: Model, inputs: Tensors, nodes: Sequence[str], rng: Random) -> Iterator[Tensors]:
    """A stream, one time step at a time, after some steps of another sequence and a reset."""
    seen: Tensors = {}
    stream = model.stream(tuple(nodes), watch=lambda name, x: seen.__setitem__(name, x.clone()))
    time = model.graph.time
    stream.step({name: torch.ones_like(x if time else x[0]) for name, x in inputs.items()})
    stream.state = {}
    for step in range(time or len(next(iter(inputs.values())))):
        stream.step({name: x if time else x[step] for name, x in inputs.items()})
        yield dict(seen)


@contextmanager
def without_kernels() -> Iterator[None]:
    """Operations of torch in place of compiled code."""
    with patch.object(build, "_attempt", lambda: "compiled code is disabled"):
        yield


@contextmanager
def of_every_size() -> Iterator[None]:
    """Kernels are generated for neurons of any model however few their values are."""
    with patch.object(generated_neurons, "FEWEST_VALUES", 0):
        yield


@contextmanager
def skipping() -> Iterator[None]:
    """Convolutions that can skip silent inputs do so, in both directions."""
    with patch.object(sparse, "faster_passes", lambda *_: SparsePasses(forward=True, weights=True)):
        yield


@contextmanager
def two_threads() -> Iterator[None]:
    """Two threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True)
class Way:
    """A way of computing a network.

    Attributes:
        name: What it is.
        passes: What makes the graph that runs from the plain one.
        setting: What is set meanwhile.
        run: How the sequence is run.
        deployed: Whether norms are folded.
        precision: That of the model.
        bf16: Whether convolutions run in bfloat16.
    """

    name: str
    passes: tuple[Pass, ...] = ()
    setting: Callable[[], AbstractContextManager[None]] = nullcontext
    run: Run = whole
    deployed: bool = False
    precision: Precision = FLOAT64
    bf16: bool = False

    @property
    def of_gradients(self) -> str:
        """The name of the comparison of its gradients."""
        return f"{self.name}, gradients"

    @property
    def differentiates(self) -> bool:
        """Whether gradients are compared."""
        return self.precision is FLOAT64 and not self.deployed

    @property
    def trains(self) -> bool:
        """Whether it is also compared in training: parts of a sequence have other statistics than the whole."""
        return self.differentiates and self.run is whole


PLAIN = Way("operation by operation")

WAYS: tuple[Way, ...] = (
    PLAIN,
    Way("norms, sums and neurons in one operation", (Fuse(),)),
    Way("open edges as one wide operation", (Widen(),)),
    Way("silent inputs skipped", (Sparsify(channels=1),), skipping),
    Way("as it runs", FASTER),
    Way("as it runs, without compiled code", FASTER, without_kernels),
    Way("as it runs, two threads", (Widen(), Fuse(), Sparsify(channels=1)), two_threads),
    Way("in pieces", FASTER, run=pieces),
    Way("one step at a time", FASTER, run=steps),
    Way("norms folded", deployed=True),
    Way("norms folded, as it runs", FASTER, deployed=True),
    Way("norms folded, one step at a time", FASTER, deployed=True, run=steps),
    Way("float32", FASTER, precision=FLOAT32),
    Way("bfloat16", FASTER, precision=BFLOAT16, bf16=True),
    Way("norms folded, bfloat16", FASTER, deployed=True, precision=BFLOAT16, bf16=True),
)
"""What has to agree with the reference."""

GENERATED = Way("as it runs, kernels generated at every size", FASTER, of_every_size)
"""That too; each new shape of equations is compiled once on a machine, for 2 to 10 seconds, so that tests run it with few."""
