"""One of two processes that train together: each line of its input is a seed, each line of its output the answer in JSON.

`processes.py` starts both, with the variables that `torchrun` sets, and keeps them for all cases.
"""

import json
import sys
from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any

import torch
from trainable import batch_of, trainable
from valid_specs import decoded, randomised

from spikegraph.backends.distributed.launched import launched
from spikegraph.backends.distributed.objective import objective_for
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.step import step
from spikegraph.base.errors import UntrainableError
from spikegraph.base.processes import ONE, Processes
from spikegraph.dsl.source import Span
from spikegraph.dsl.values import CallValue
from spikegraph.passes.pipeline import run
from spikegraph.passes.sync_norm import SyncNorm
from spikegraph.program.phases import Built

SGD = CallValue("sgd", (), {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.0, "nesterov": False}, Span("pair", 1, 1, 1, 1))
"""Steps in proportion to gradients, so that rounding stays small."""

NOTICED, ROUNDINGS, LARGEST = 1e-9, 100, 1e-5
"""From which difference on the network's own rounding is measured; how many times as large a difference may be; its limit."""

SAMPLES = (4, 3, 2, 1)
"""Samples of a batch: as many for each process, or not, or none for the second one, which then stands in."""


def network(seed: int) -> tuple[str, Built]:
    """The text of a random network, and its form in its search or its retraining."""
    program = trainable(f"processes {seed}")
    search = program.build("search")
    if program.spec.search is not None and seed % 2:
        return program.text, search
    return program.text, decoded(program, search, Random(seed)).build("retrain")


def stepped(model: Model, built: Built, numbers: list[int], processes: Processes) -> dict[str, torch.Tensor]:
    """Gradients, weights, statistics and losses after a step."""
    assert built.run is not None
    chosen, losses = model.weights(), Losses(model.graph, built.run.loss)
    optimizer = optimizer_for(SGD, chosen)
    objective = objective_for(model, losses, chosen, processes) if chosen else None
    own = batch_of(model.graph, processes.part(numbers))
    own = replace(own, samples=len(numbers), present=processes.has_part(len(numbers)))
    found = step(model.train(), losses, optimizer, [own], objective=objective)
    gradients = {f"gradient of {n}": p.grad for n, p in model.named_parameters() if p.grad is not None}
    return {**gradients, **{n: x.clone() for n, x in model.state_dict().items()}, **found}


def compared(seed: int, processes: Processes) -> dict[str, Any]:
    """The largest difference between one process and all of them, relative to 1 or the largest number of a value.

    Differences that rounding explains are 0. A network can amplify it (a norm of equal numbers by `1 / sqrt(eps)`); by how
    much is measured: the same step in one process, whose weights are a few roundings away.
    """
    text, built = network(seed)
    torch.manual_seed(seed)
    single = randomised(built.graph)
    begun = deepcopy(single)
    several = Model(run((SyncNorm(),), built.graph)).double()
    several.load_state_dict(deepcopy(single.state_dict()))
    numbers = list(range(SAMPLES[seed // 2 % len(SAMPLES)]))
    alone, together = stepped(single, built, numbers, ONE), stepped(several, built, numbers, processes)
    of_all = processes.gathered(together)
    apart = _differences(alone, together)
    if max(apart.values()) > NOTICED:
        disturbed = _differences(alone, stepped(_disturbed(begun), built, numbers, ONE))
        apart = {name: x if x > min(ROUNDINGS * disturbed[name], LARGEST) else 0.0 for name, x in apart.items()}
    return {
        "text": text,
        "kind": f"{built.phase}, {len(numbers)} samples",
        "gradients": sum("gradient" in name and bool(x.any()) for name, x in alone.items()),
        "missing": sorted(alone.keys() ^ together.keys()),
        "apart": max(apart.items(), key=lambda each: each[1]),
        "same bits": all(torch.equal(found[name], together[name]) for found in of_all for name in together),
    }


def _disturbed(model: Model) -> Model:
    """The model with weights that are up to four roundings of float64 away."""
    with torch.no_grad():
        for x in model.parameters():
            x.mul_(1 + torch.finfo(x.dtype).eps * torch.randint(-4, 5, x.shape, dtype=x.dtype))
    return model


def _differences(found: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> dict[str, float]:
    return {name: _apart(x, other[name]) for name, x in found.items() if name in other}


def _apart(x: torch.Tensor, y: torch.Tensor) -> float:
    if not x.numel():
        return 0.0
    return float((x.double() - y.double()).abs().max()) / max(1.0, float(x.abs().max()))


def main() -> None:
    """Answers seeds until the input ends."""
    torch.set_num_threads(1)
    with launched() as processes:
        for line in sys.stdin:
            try:
                answer = compared(int(line), processes)
            except UntrainableError as error:
                answer = {"refused": f"{error}"}
            except Exception as error:  # noqa: BLE001 (every exception is a finding)
                answer = {"error": f"{type(error).__name__}: {error}", "text": network(int(line))[0]}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
