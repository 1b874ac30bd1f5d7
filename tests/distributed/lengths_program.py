"""Run by torchrun: samples of different lengths in several processes, compared with one, in float64.

`python lengths_program.py FILE`: writes the largest differences and what is refused, as JSON.
"""

import json
import sys
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import torch
from gradients_program import difference, same_bits
from ragged import LOSS_OF, batch_of, data, network
from tiny_run import SGD

from spikegraph.backends.distributed.launched import launched
from spikegraph.backends.distributed.objective import objective_for
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for, parameters_of
from spikegraph.backends.torch.train.step import step
from spikegraph.base.errors import UntrainableError
from spikegraph.base.processes import ONE, Processes
from spikegraph.cli.launched import end
from spikegraph.passes.pipeline import run
from spikegraph.passes.sync_norm import SyncNorm

LENGTHS = (3, 7, 5, 5, 2)
CASES = {
    "a class": "  output o = x -> linear(4) -> norm -> lif -> linear(2) -> mean(time)",
    "a class at each step": "  output o = x -> linear(4) -> norm -> alif -> linear(2) -> out",
    "numbers": "  h = x -> linear(4) -> norm -> lif\n  output o = h -> mean(time) -> norm -> linear(2)",
}
PARTS = {"both differ": [0, 1, 2, 3], "one differs": [2, 3, 0, 1], "uneven": [0, 1, 2], "a stand-in": [1]}
LOOP = "  h = add(x, previous(h)) -> norm\n  output o = h -> mean(time) -> linear(2)"
"""A step of the loop takes the statistics of all processes."""


def stepped(model: Model, case: str, numbers: list[int], processes: Processes) -> dict[str, torch.Tensor]:
    """Gradients, parameters, statistics and the loss after a step."""
    losses, optimizer = Losses(model.graph, tuple(LOSS_OF[case])), optimizer_for(SGD, model.weights())
    objective = objective_for(model, losses, model.weights(), processes)
    own = batch_of(data(case, LENGTHS), *processes.part(numbers))
    batch = replace(own, samples=len(numbers), present=processes.has_part(len(numbers)))
    found = step(model.train(), losses, optimizer, [batch], objective=objective)
    gradients = {f"gradient {k}": p.grad for k, p in enumerate(parameters_of(optimizer)) if p.grad is not None}
    return {**gradients, **{k: v.clone() for k, v in model.state_dict().items()}, **found}


def pair(case: str, statements: str) -> tuple[Model, Model]:
    """A model for one process, and one with the same weights for several."""
    single = network(case, statements, training=True)[0]
    several = Model(run((SyncNorm(),), single.graph)).double()
    several.load_state_dict(deepcopy(single.state_dict()))
    return single, several


def compared(case: str, numbers: list[int], processes: Processes) -> dict[str, object]:
    single, several = pair(case, CASES[case])
    alone, together = stepped(single, case, numbers, ONE), stepped(several, case, numbers, processes)
    return {"difference": difference(alone, together), "same bits": same_bits(together, processes)}


def refused(processes: Processes) -> str:
    try:
        stepped(pair("numbers", LOOP)[1], "numbers", [0, 2, 1, 3], processes)
    except UntrainableError as error:
        return f"{error.summary}; {error.help}"
    return ""


def evaluated(processes: Processes) -> bool:
    model = network("a class", CASES["a class"])[0].float()
    one = evaluate(model, data("a class", LENGTHS), 2, firing_rates=True)
    found = [one, *processes.gathered(evaluate(model, data("a class", LENGTHS), 2, firing_rates=True, processes=processes))]
    return len({(e.samples, str(e.metrics), str(e.firing_rates), str(e.additions)) for e in found}) == 1


def main(file: str) -> None:
    torch.set_num_threads(1)
    with launched() as processes:
        steps = {
            f"{case}, {part}": compared(case, PARTS[part], processes)
            for case in CASES
            for part in PARTS
            if (case, part) != ("numbers", "a stand-in")  # one sample has no variance behind its mean over time
        }
        results = {"steps": steps, "refused": processes.gathered(refused(processes)), "evaluation": evaluated(processes)}
        if processes.main:
            Path(file).write_text(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
    end(0)
