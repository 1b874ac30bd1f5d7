"""Random specs that can be trained, and batches of random samples for them."""

from collections.abc import Callable, Sequence
from itertools import count

import torch

from spikegraph.backends.torch.datasets import Batch
from spikegraph.generate import Wanted, random_spec, seeded
from spikegraph.ir.graph import Graph
from spikegraph.ir.types import Kind, Value
from spikegraph.program.program import Program

WANTED = Wanted(runs=True, operation=lambda op: not op.traits.scales)
"""Everything but dropout, which is random in training."""

STEPS = 3
"""Time steps of inputs that have some."""


def trainable(name: str, suits: Callable[[Program], bool] = lambda program: True) -> Program:
    """The first random spec of a name that has a retraining, and suits; `valid_specs` finds those that aren't sound."""
    for number in count():
        program = Program.of_text(random_spec(seeded(f"{name} {number}"), WANTED).text, "net.sdhs")
        if not program.check().has_errors and program.spec.retrain is not None and suits(program):
            return program
    raise AssertionError("unreachable")


def batch_of(graph: Graph, numbers: Sequence[int]) -> Batch:
    """A batch in float64 with the samples of these numbers, for a network of classes or of disparities."""
    inputs = graph.inputs()
    drawn = [
        {name: _input(value.value, 2 * number + k) for k, (name, value) in enumerate(inputs.items())} for number in numbers
    ]
    joined = {
        name: torch.stack([sample[name] for sample in drawn], dim=1 if node.value.steps else 0) for name, node in inputs.items()
    }
    first = next(iter(joined.values()))
    generators = [torch.Generator().manual_seed(1000 + number) for number in numbers]
    if graph.time is not None:
        classes = torch.cat([torch.randint(0, 10, (1,), generator=g) for g in generators])
        return Batch(joined, classes, torch.ones(len(numbers), dtype=torch.bool))
    truth = torch.stack([4 * torch.rand(1, *first.shape[3:], generator=g, dtype=torch.float64) for g in generators], dim=1)
    truth[truth < 1] = float("nan")
    return Batch(joined, truth, torch.ones(truth.shape[:2], dtype=torch.bool))


def _input(value: Value, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    shape = (*((STEPS,) if value.steps else ()), *value.shape)
    if value.kind is Kind.EVENTS:
        return torch.randint(-1, 2, shape, generator=generator).double()
    return torch.randn(shape, generator=generator, dtype=torch.float64)
