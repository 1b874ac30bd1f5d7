"""Run by torchrun: compares the gradients of several processes with those of one, in float64.

`python gradients_program.py FILE`: writes the largest differences, and whether the processes have the same bits, as JSON.
"""

import json
import sys
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from tiny_run import ADAM, LOSS, SGD, stereo_graph, stereo_set

from spikegraph.backends.distributed.launched import launched
from spikegraph.backends.distributed.objective import objective_for
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.batches import Batch, stereo_batch
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for, parameters_of
from spikegraph.backends.torch.train.step import step
from spikegraph.ir.graph import Graph
from spikegraph.passes.phase_pipelines import FASTER
from spikegraph.passes.pipeline import run
from spikegraph.passes.sync_norm import SyncNorm
from spikegraph.processes import ONE, Processes


def batch_of(numbers: list[int], processes: Processes) -> Batch:
    """This process's part of a batch whose samples have different numbers of valid pixels."""
    items = [stereo_set(8)[k] for k in processes.part(numbers)]
    batch = stereo_batch(items)
    inputs = {name: x.double() for name, x in batch.inputs.items()}
    return replace(
        batch, inputs=inputs, truth=batch.truth.double(), samples=len(numbers), present=processes.has_part(len(numbers))
    )


def stepped(model: Model, which: str, batches: list[list[int]], processes: Processes) -> dict[str, torch.Tensor]:
    """Gradients, parameters, statistics and losses after a step; weights or architecture."""
    chosen = model.weights() if which == "weights" else list(model.architecture.values())
    losses, optimizer = Losses(model.graph, LOSS), optimizer_for(SGD if which == "weights" else ADAM, chosen)
    objective = objective_for(model, losses, chosen, processes)
    own = [batch_of(numbers, processes) for numbers in batches]
    found = step(model.train(), losses, optimizer, own, clip=0.5, objective=objective)
    gradients = {f"gradient {k}": p.grad for k, p in enumerate(parameters_of(optimizer)) if p.grad is not None}
    return {**gradients, **{k: v.clone() for k, v in model.state_dict().items()}, **found}


CASES: dict[str, tuple[str | None, str, list[list[int]]]] = {
    "search, weights": (None, "weights", [[0, 1, 2, 3]]),
    "search, architecture": (None, "architecture", [[0, 1, 2, 3]]),
    "retrain": ("c3", "weights", [[4, 5, 6, 7]]),
    "accumulated": ("c3", "weights", [[0, 1], [2, 3], [4, 5]]),
    "uneven": ("c3", "weights", [[0, 1, 2]]),
    "fewer samples than processes": ("c3", "weights", [[0, 1], [2]]),
    "fewer samples, architecture": (None, "architecture", [[2]]),
}


def difference(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    assert one.keys() == other.keys()
    return max(float((one[name].double() - other[name].double()).abs().max()) for name in one)


def compared(graph: Graph, which: str, batches: list[list[int]], processes: Processes) -> dict[str, Any]:
    torch.manual_seed(4)
    single = Model(graph).double()
    several = Model(run((SyncNorm(),), graph)).double()
    several.load_state_dict(deepcopy(single.state_dict()))
    alone, together = stepped(single, which, batches, ONE), stepped(several, which, batches, processes)
    all_of_them = processes.gathered(together)
    same = all(torch.equal(of[name], together[name]) for of in all_of_them for name in together)
    return {"difference": difference(alone, together), "same bits": same, "gradients": sum("gradient" in k for k in alone)}


def main(file: str) -> None:
    torch.set_num_threads(1)
    with launched() as processes:
        results = {
            f"{case}{', fast form' if fast else ''}": compared(
                run(FASTER[1:], stereo_graph(choice)) if fast else stereo_graph(choice), which, batches, processes
            )
            for case, (choice, which, batches) in CASES.items()
            for fast in (False, True)
        }
        if processes.main:
            Path(file).write_text(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
