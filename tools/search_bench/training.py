"""One training of an architecture, with its curves: the rows of tables, and the judge of live searches."""

import random
import time
from collections.abc import Iterable
from typing import Any

import torch
from energy import counts_of, energy_of

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.initial import initial_model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.phase_batches import PhaseBatches
from spikegraph.backends.torch.train.step import step
from spikegraph.data.sets import DataSet, DataSets, data_sets
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.summary import Evaluation
from spikegraph.searches.architecture import Architecture

POINTS = 16
"""Points of a curve, at equal distances."""

VALIDATED = (4, 8, 12, 16)
"""The points, from 1, at which the validation is measured."""

CPU = torch.device("cpu")


_read: dict[tuple[str, int], DataSets] = {}


def _sets(program: Program, seed: int) -> DataSets:
    """The data of the spec's `retrain`, read once."""
    run = program.spec.retrain
    assert run is not None
    dataset = program.spec.datasets[run.dataset]
    key = repr(dataset), seed
    if key not in _read:
        found = data_sets(dataset, None, seed)
        _read[key] = found
    return _read[key]


def steps_of(program: Program, seed: int = 0) -> int:
    """The steps of a whole training."""
    run = program.spec.retrain
    assert run is not None and run.validate is not None
    samples, _ = _held(program, seed)
    return run.epochs * PhaseBatches(run, samples, range(len(samples)), seed, CPU).steps


def _held(program: Program, seed: int) -> tuple[DataSet, DataSet]:
    run = program.spec.retrain
    assert run is not None and run.validate is not None
    return _sets(program, seed).held_out(run.validate, seed)


def trained(program: Program, architecture: Architecture, seed: int) -> dict[str, Any]:
    """Trains an architecture as the spec's `retrain` says.

    Returns:
        The number of its weights, its training loss at each point, its validation accuracy in percent where it was measured,
        its test accuracy in percent, what an inference costs on the test samples, with the counts,
        and the CPU time of the training in seconds.
    """
    begun = time.process_time()
    program = program.bind(architecture.text()).checked()
    run = program.spec.retrain
    assert run is not None
    samples, validation = _held(program, seed)
    test = _sets(program, seed).test
    model = initial_model(program, "retrain", Settings(seed=seed), CPU)
    losses, optimizer = Losses(model.graph, run.loss), optimizer_for(run.weights, model.weights())
    batches = PhaseBatches(run, samples, range(len(samples)), seed, CPU)
    ends = {round(run.epochs * batches.steps * (k + 1) / POINTS) for k in range(POINTS)}
    curve, validated, since, done = list[float](), list[float | None](), list[float](), 0
    for epoch in range(run.epochs):
        model.train()
        for _, group in batches.rated(optimizer, epoch):
            since.append(float(step(model, losses, optimizer, group, run.clip)["loss"]))
            done += 1
            if done in ends:
                curve.append(round(sum(since) / len(since), 5))
                since = []
                validated.append(accuracy(model, validation, run.batch) if len(curve) in VALIDATED else None)
    seconds = time.process_time() - begun
    evaluation = evaluate(model, test, run.batch, firing_rates=True)
    counts = counts_of(evaluation)
    return {
        "seed": seed,
        "parameters": sum(w.numel() for w in model.weights()),
        "train_loss": curve,
        "validation_accuracy": validated,
        "test_accuracy": _percent(evaluation),
        "energy": energy_of(program, counts),
        "counts": counts,
        "cpu_seconds": round(seconds, 1),
    }


def accuracy(model: Model, samples: DataSet, batch: int) -> float:
    """The accuracy in percent."""
    return _percent(evaluate(model, samples, batch))


def _percent(evaluation: Evaluation) -> float:
    return round(evaluation.metrics["accuracy_percent"], 4)


def terms(architecture: Architecture) -> dict[str, list[str]]:
    """The genotype of one cell as tables have it: `{"n0": ["conv(prev2)", "skip(prev)"]}`."""
    nodes: dict[str, list[str]] = {}
    for edge in architecture.edges:
        nodes.setdefault(edge.node, []).append(f"{edge.operation}({edge.source})")
    return nodes


def shuffled(cells: Iterable[Architecture]) -> list[Architecture]:
    """The cells in the order in which tables are filled, so that a partial table is a random part."""
    order = list(cells)
    random.Random("spikegraph table").shuffle(order)
    return order
