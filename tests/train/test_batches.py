"""Batches of targets that differ in size or in time steps, and those in which no target counts."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from ragged import batch_of, data, network

from spikegraph.backends.torch.datasets import collate, item
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.base.errors import DataError
from spikegraph.base.processes import ONE
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet
from spikegraph.data.source import Samples
from spikegraph.tasks import TASKS

SIZES = {
    "numbers": ("numbers", [np.zeros(2), np.zeros(3)], "2 and 3"),
    "one number without an axis": ("numbers", [np.zeros(2), np.asarray(0.0)], "2 and a single number"),
    "steps": ("step_class", [np.zeros(2, int), np.zeros(1, int)], "2 and 1"),
    "channels of maps": ("map", [np.zeros((1, 4, 4)), np.zeros((2, 3, 3))], "1 x 4 x 4 and 2 x 4 x 4"),
}


@pytest.mark.parametrize("case", SIZES)
def test_targets_of_a_batch_that_differ_in_size(case):
    task, targets, sizes = SIZES[case]
    counted = [np.ones(len(target), np.bool_) if task == "step_class" else None for target in targets]
    samples = [
        Sample({"x": np.zeros((2, 1, 4, 4)[: 4 if task == "map" else 2])}, target, steps=2, counted=of)
        for target, of in zip(targets, counted, strict=True)
    ]
    with pytest.raises(DataError) as caught:
        collate([item(each) for each in samples], TASKS[task])
    summary, help = (
        f"the targets of a batch differ in size: {sizes}",
        "give all samples targets of one size, or write `batch = 1`",
    )
    assert (caught.value.summary, caught.value.help) == (summary, help)


def test_targets_of_steps_among_others():
    samples = [Sample({"x": np.zeros((2, 3))}, np.zeros((2, 1)), steps=2, counted=of) for of in (np.ones(2, np.bool_), None)]
    with pytest.raises(DataError) as caught:
        collate([item(each) for each in samples], TASKS["numbers"])
    assert caught.value.summary == "only some samples of a batch have targets of time steps"


@pytest.mark.parametrize("case", ["a class at each step", "numbers at each step"])
def test_a_batch_without_a_target_costs_nothing(case):
    model, losses, _ = network(case)
    batch = batch_of(data(case), 0, 1)
    total, mean, _ = losses.of(model, replace(batch, counted=torch.zeros_like(batch.counted)), ONE)
    total.backward()
    assert mean.item() == 0
    assert not any(p.grad.any() for p in model.parameters() if p.grad is not None)


class Sizes(Samples):
    """Maps of two sizes in turn."""

    def __len__(self) -> int:
        return 6

    def sample(self, index: int) -> Sample:
        random, size = np.random.default_rng(index), ((4, 4), (9, 7))[index % 2]
        return Sample({"x": random.random((3, 2, *size))}, random.random((2, *size)), f"sample {index}", 3)


@pytest.mark.parametrize("workers", [0, 1])
def test_maps_of_other_sizes_do_not_change_those_of_a_map(workers: int) -> None:
    """What the network makes of padding, by biases and norms, would reach into the smaller ones and count as spikes."""
    wires = (
        "  output o = x -> conv(3, out = 8) -> norm -> lif -> conv(3, out = 8) -> norm -> lif -> conv(1, out = 2) -> mean(time)"
    )
    model = network("maps", wires)[0].float()
    for name, parameter in model.named_parameters():
        if name.endswith("norm.bias"):
            torch.nn.init.constant_(parameter, 0.7)
    samples = DataSet(Sizes(), TASKS["map"])
    alone, together = (evaluate(model, samples, batch, workers=workers, firing_rates=True) for batch in (1, 4))
    assert together.metrics == pytest.approx(alone.metrics, rel=1e-5)
    assert together.firing_rates == pytest.approx(alone.firing_rates, rel=1e-5)
    assert together.samples == 6
