"""Networks and data sets for samples of different lengths."""

from dataclasses import replace

import numpy as np
import torch

from spikegraph.backends.torch.datasets import Batch, collate, item
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet
from spikegraph.data.source import Samples
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Loss
from spikegraph.program.phases import Built
from spikegraph.program.program import Program
from spikegraph.tasks import TASKS

LENGTHS = (3, 5, 7)
SPAN = Span("net.sdhs", 1, 1, 1, 2)


def loss(name: str, of: str = "o", weight: float = 1.0, **options: float) -> Loss:
    return Loss(weight, name, of, options, SPAN)


ENTROPY = loss("cross_entropy", label_smoothing=0.1)

SPEC = """sdhs 1
neuron lif {{ threshold = 0.6  surrogate = dspike(b = 3) }}
neuron alif {{ model = alif  threshold = 0.5 }}
neuron out {{ fires = false  decay = 0.5 }}
network net {{
  input x : {input}
{statements}
}}
"""

VECTOR = {
    "a class": ("  output o = x -> linear(8) -> lif -> linear(2) -> mean(time)", "class", ENTROPY),
    "a class at each step": ("  output o = x -> linear(8) -> alif -> linear(2) -> out", "step_class", ENTROPY),
    "a class from the logits of all steps": (
        "  output o = x -> linear(8) -> lif -> linear(2)\n  output mean = o -> mean(time)",
        "class",
        ENTROPY,
    ),
    "weights of classes": (
        "  output o = x -> linear(8) -> lif -> linear(2)\n  output mean = o -> mean(time)",
        "class",
        replace(ENTROPY, class_weights=(0.5, 3.0)),
    ),
    "numbers": ("  output o = x -> linear(8) -> lif -> linear(2) -> mean(time)", "numbers", loss("mse")),
    "numbers at the last step": ("  output o = x -> linear(8) -> lif -> linear(2) -> out", "numbers", loss("l1")),
    "numbers at each step": ("  output o = x -> linear(8) -> lif -> linear(2) -> out", "step_numbers", loss("huber", delta=1)),
    "a loop": (
        "  h = add(x -> linear(6), previous(h) -> linear(6)) -> lif\n  output o = h -> linear(2) -> mean(time)",
        "class",
        ENTROPY,
    ),
    "the mean at every step": (
        "  h = x -> linear(6) -> lif\n  output o = add(h, h -> mean(time)) -> linear(2) -> mean(time)",
        "class",
        ENTROPY,
    ),
    "the maximum": ("  output o = x -> linear(8) -> lif -> reduce(over = time, by = max) -> linear(2)", "numbers", loss("mse")),
    "the sum": ("  output o = x -> linear(8) -> lif -> reduce(over = time, by = sum) -> linear(2)", "class", ENTROPY),
    "the distance to the input": (
        "  output y = x -> linear(8) -> lif -> linear(3)\n  output o = y -> mean(time)",
        "class",
        replace(loss("mse", "y"), to="x"),
    ),
    "two losses": (
        "  h = x -> linear(6) -> lif\n  output aux = h -> linear(2)\n  output o = h -> linear(2) -> mean(time)",
        "class",
        ENTROPY,
        loss("cross_entropy", "aux", 0.3, label_smoothing=0),
    ),
}
MAPS = {
    "labels": (
        "  output o = x -> conv(3, out = 4) -> lif -> conv(1, out = 3) -> out",
        "labels",
        loss("cross_entropy", label_smoothing=0, ignore=2),
    ),
    "a flow": ("  output o = x -> conv(3, out = 4) -> lif -> conv(1, out = 2) -> out", "flow", loss("end_point_error")),
    "maps": ("  output o = x -> conv(3, out = 4) -> lif -> conv(1, out = 2) -> mean(time)", "map", loss("mse")),
}
CASES = {**VECTOR, **MAPS}
LOSS_OF = {case: losses for case, (_, _, *losses) in CASES.items()}


class Ragged(Samples):
    """Samples of three lengths, the targets of the task drawn with them; maps differ in size too."""

    def __init__(self, case: str, lengths: tuple[int, ...] = LENGTHS) -> None:
        self.task, self.space, self.lengths = CASES[case][1], case in MAPS, lengths

    def __len__(self) -> int:
        return len(self.lengths)

    def sample(self, index: int) -> Sample:
        random, steps = np.random.default_rng(index), self.lengths[index]
        size = (4, 4 + index if self.task == "map" else 5) if self.space else ()
        counted = np.ones(steps - 1, np.bool_) if self.task.startswith("step") else None
        if counted is not None:
            counted[index % 2] = False
        shape = {"class": (), "step_class": (steps - 1,), "numbers": (2,), "step_numbers": (steps - 1, 2), "labels": size}
        of_classes = self.task in ("class", "step_class", "labels")
        shown = shape.get(self.task, (2, *size))
        target = np.asarray(random.integers(0, 2 + self.space, shown) if of_classes else random.normal(size=shown))
        inputs = {"x": random.normal(1, 2, (steps, 2 if self.space else 3, *size)).astype(np.float32)}
        return Sample(inputs, target, f"sample {index}", steps, counted)


def data(case: str, lengths: tuple[int, ...] = LENGTHS) -> DataSet:
    source = Ragged(case, lengths)
    return DataSet(source, TASKS[source.task.replace("step_numbers", "numbers")])


def network(
    case: str, statements: str | None = None, *, fast: bool = True, training: bool = False
) -> tuple[Model, Losses, Built]:
    """The model in float64, and its losses."""
    torch.manual_seed(0)
    given = "real[2, 4, 5]" if case in MAPS else "real[3]"
    text = SPEC.format(input=given, statements=statements or CASES[case][0])
    built = Program.of_text(text, "net.sdhs").checked().build("retrain")
    model = lower(built.graph if fast else built.plain, plain=built.plain).double().train(training)
    return model, Losses(model.graph, tuple(LOSS_OF[case])), built


def in_double(batch: Batch) -> Batch:
    target = batch.target.double() if batch.target.is_floating_point() else batch.target
    return replace(batch, inputs={name: x.double() for name, x in batch.inputs.items()}, target=target)


def batch_of(samples: DataSet, *numbers: int) -> Batch:
    return in_double(collate([item(samples.sample(k)) for k in numbers], samples.task))
