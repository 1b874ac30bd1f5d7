"""A training step on tensors without memory: what it computes, moves and keeps."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from spikegraph.backends.torch.forecast.counting import Counting
from spikegraph.backends.torch.forecast.least import update_bytes
from spikegraph.backends.torch.forecast.works import Work
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.operators import imitated
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.triton.library import assumed
from spikegraph.dsl.schema.optimisers import MOMENTUM
from spikegraph.dsl.spec import CallValue, Run
from spikegraph.ir.graph import Graph

Kernels = Literal["cpu", "triton", "others"]
"""Whose kernels run: those of the processor, those of GPUs, or operations of torch alone."""


@dataclass(frozen=True)
class StepCounts:
    """A step on the weights. Sizes are in bytes.

    Attributes:
        weights: Parameters, architecture parameters and statistics of norms.
        gradients: Gradients of all parameters.
        states: What the optimizer keeps of each parameter.
        inputs: The batch.
        saved: What the forward pass keeps for the backward pass.
        passes: The most that forward and backward pass hold at a time, with weights, batch and gradients.
        works: How often each product is computed.
        moved: Bytes that other operations read and write.
        by_kernels: Bytes that compiled kernels of norms and neurons read and write.
        calls: The number of operations and kernels.
    """

    weights: int
    gradients: int
    states: int
    inputs: int
    saved: int
    passes: int
    works: Mapping[Work, int]
    moved: int
    by_kernels: int
    calls: int

    @property
    def others(self) -> int:
        """The number of operations and kernels without products."""
        return self.calls - sum(self.works.values())

    @property
    def peak(self) -> int:
        """The most memory that a step needs, from the second on."""
        return self.states + max(self.passes, self.weights + self.gradients + self.inputs)

    @property
    def flops(self) -> int:
        """Multiplications and additions of convolutions and products."""
        return sum(work.flops * count for work, count in self.works.items())

    @property
    def updated(self) -> int:
        """Bytes that a fused optimizer reads and writes."""
        return update_bytes(self.gradients, self.states)


def count_step(
    graph: Graph, run: Run, steps: int, *, bf16: bool = False, kernels: Kernels = "cpu", plain: Graph | None = None
) -> StepCounts:
    """Counts a step on the weights: forward, backward and the update, with the batch of a run.

    The losses are left out: the gradients of what they read are taken as given.

    Args:
        graph: The lowered graph, in the form that runs.
        run: The search or retraining.
        steps: The number T of time steps, where the network has none of its own.
        bf16: Run convolutions in bfloat16.
        kernels: Whose kernels run.
        plain: The graph before the passes that made it faster; penalties of the loss need it.
    """
    with ExitStack() as stack:
        device = "meta"
        if kernels == "cpu":
            device = "cpu"
            stack.enter_context(FakeTensorMode())
        elif kernels == "triton":
            stack.enter_context(assumed())
        stack.enter_context(torch.device(device))
        model = lower(graph, bf16=bf16).train()
        wanted = Losses(model.graph, run.loss, plain, checked=True).wanted
        inputs = {
            name: torch.empty([*([graph.time or steps] if node.value.steps else []), run.batch, *node.value.shape])
            for name, node in model.graph.inputs().items()
        }
        parameters = [p for p in model.parameters() if p.requires_grad]
        kept = [*model.parameters(), *model.buffers()]
        counting = Counting([*kept, *inputs.values()])
        weights = sum(map(_bytes, kept))
        before = counting.held
        stack.enter_context(imitated(counting.compiled))
        stack.enter_context(counting)
        values = model.values(inputs, wanted)
        results = [values[name] for name in wanted]
        saved = counting.held - before
        learnt = [x for x in results if x.requires_grad]
        found: Any = torch.autograd.grad(learnt, parameters, [torch.empty_like(x) for x in learnt], allow_unused=True)
        gradients = sum(_bytes(g) for g in found if g is not None)
    return StepCounts(
        weights,
        gradients,
        states_of(run.weights) * gradients,
        sum(map(_bytes, inputs.values())),
        saved,
        counting.peak,
        dict(counting.works),
        counting.moved,
        counting.by_kernels,
        counting.calls,
    )


def states_of(call: CallValue) -> int:
    """How many numbers an optimizer keeps for each parameter."""
    if call.name == "sgd":
        return int(MOMENTUM.of(call.named) > 0)
    return 2


def _bytes(x: Tensor) -> int:
    return x.numel() * x.element_size()
