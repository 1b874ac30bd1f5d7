"""What this machine's processor does in a second, measured: bytes copied, operations, and the products of a step."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._pytree import tree_flatten, tree_unflatten

from spikegraph.backends.torch.forecast.counting import Counting
from spikegraph.backends.torch.forecast.step import count_step
from spikegraph.backends.torch.forecast.works import Shaped, Work
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.native.neuron import Constants, fire
from spikegraph.backends.torch.native.norms import NormOf
from spikegraph.backends.torch.operators import imitated
from spikegraph.base.allocator import keep_buffers
from spikegraph.base.memory import resident
from spikegraph.program.program import Program

COPIED = 64 << 20
"""Bytes of the tensor whose copying is timed, more than caches hold."""

FLOPS = 1e9
"""About how much of a product is computed for a measurement; of larger ones a part of the batch."""

FEWEST = 4
"""The smallest part of a batch: of fewer samples, convolutions are computed in another way."""

REPEATS = 3
"""Repetitions of a measurement, whose median counts."""

NEURONS = (4, 4, 64, 64, 32)
"""Time steps, samples, height, width and channels of the neurons that are timed."""

RATE = 0.3
"""Share of ones in the values that products are measured with, as spikes have them.

Of neurons 0.29 to 0.46 fire with fresh weights (resnet18, CIFAR n3), and 0.32 in the trained network of the CIFAR10 sample.
"""

SMALL = """sdhs 1
network small {
  input image : real[1, 28, 28]
  time = 2
  a = image -> conv(3, out = 8, stride = 4) -> norm -> lif
  b = a -> conv(3, out = 8) -> norm -> lif
  c = b -> conv(3, out = 8) -> norm -> lif
  d = add(c, a) -> conv(3, out = 8) -> norm -> lif
  output logits = d -> pool -> linear(10) -> mean(time)
}
neuron lif { }
dataset fashion_mnist_small { }
retrain small on fashion_mnist_small {
  epochs  = 1
  batch   = 1
  weights = sgd(lr = 0.1)
  loss    = cross_entropy(logits)
}
"""
"""A network of so few values that a step's time is that of calling operations."""


@dataclass(frozen=True)
class Processor:
    """Measures when it is asked; buffers are kept as in a training."""

    def __post_init__(self) -> None:
        keep_buffers()
        _ = self.process  # before measurements leave buffers

    @cached_property
    def bandwidth(self) -> float:
        """Bytes read and written in a second by a copy."""
        x = torch.ones(COPIED // 4)
        y = torch.empty_like(x)
        return 2 * COPIED / _seconds(lambda: y.copy_(x))

    @cached_property
    def kernels(self) -> float:
        """Bytes that the compiled kernels of a norm and neurons read and write in a second of training, both ways."""
        counting = Counting(())
        with FakeTensorMode():
            run = _neurons()
            with imitated(counting.compiled), counting:
                run()
        return counting.by_kernels / _seconds(_neurons())

    @cached_property
    def call(self) -> float:
        """Seconds that an operation takes beside its arithmetic: those of a small step, less its products, for each."""
        built = Program.of_text(SMALL, "small").build("retrain")
        run = built.run
        assert run is not None
        counts, model = count_step(built.graph, run, 2), lower(built.graph).train()
        image, parameters = torch.rand(1, 1, 28, 28), list(model.parameters())

        def step() -> None:
            torch.autograd.grad(model(image).sum(), parameters, allow_unused=True)

        products = sum(self.seconds(work) * count for work, count in counts.works.items())
        return max(_seconds(lambda: [step() for _ in range(10)]) / 10 - products, 0.0) / counts.others

    @cached_property
    def process(self) -> int:
        """Bytes of a process that has run a step, without tensors of a network; 0 where the system doesn't tell."""
        _ = self.call
        return resident()

    def seconds(self, work: Work) -> float:
        """Seconds that a product takes: those of a part of the batch, times the number of parts."""
        leaves, form = tree_flatten(work.arguments)
        samples = [k for k, x in enumerate(leaves) if isinstance(x, Shaped)][: work.samples]
        batch = leaves[samples[0]].shape[0] if samples else 1
        part = min(max(int(batch * FLOPS / max(work.flops, 1)), FEWEST), batch)
        made = [_made(x, part if k in samples else None) for k, x in enumerate(leaves)]
        arguments: Any = tree_unflatten(made, form)
        with torch.no_grad():
            return _seconds(lambda: work.function(*arguments)) * batch / part


def _neurons() -> Callable[[], object]:
    """A norm and neurons of Eq. 1 forward and backward, with channels last in memory."""
    x = torch.rand(NEURONS).movedim(-1, 2).requires_grad_()
    weight, bias = (torch.ones(NEURONS[-1], requires_grad=True) for _ in range(2))
    mean, var = torch.zeros(NEURONS[-1]), torch.ones(NEURONS[-1])
    norm, upstream = NormOf(weight, bias, mean, var, 1e-5, 0.1), torch.rand(NEURONS).movedim(-1, 2)
    neuron = Constants(0.5, 1.0, True, "dspike", (3.0,), False)
    return lambda: torch.autograd.grad(fire([x], [norm], None, neuron, training=True)[0], (x, weight, bias), upstream)


def _made(x: Any, samples: int | None) -> Any:
    """An argument of a product: for a tensor ones and zeros, of so many samples if it has samples."""
    if not isinstance(x, Shaped):
        return x
    shape = x.shape if samples is None else (samples, *x.shape[1:])
    if 0 in x.stride:
        return torch.ones((), dtype=x.dtype).expand(shape)
    return torch.empty_strided(shape, x.stride, dtype=x.dtype).copy_(torch.rand(shape) < RATE)


def _seconds(run: Callable[[], object]) -> float:
    """The median of several runs, in seconds of the processor's time, or of the clock if there are several threads."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    run()
    times: list[float] = []
    for _ in range(REPEATS):
        begun = clock()
        run()
        times.append(clock() - begun)
    return statistics.median(times)
