"""Run by torchrun: compares steps, surrogate searches and evaluations of several processes with those of one, in float64.

`python gradients_program.py FILE`: writes the largest differences, and whether the processes have the same bits, as JSON.
"""

import json
import sys
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import dgs_networks
import torch
from tiny_run import ADAM, LOSS, SGD, stereo_graph, stereo_set

from spikegraph.analysis.dgs import groups
from spikegraph.backends.distributed.launched import launched
from spikegraph.backends.distributed.objective import objective_for
from spikegraph.backends.torch.datasets import Batch, collate, item
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.dgs import iterate
from spikegraph.backends.torch.train.dgs_passes import Passes
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.losses import Losses, Term
from spikegraph.backends.torch.train.optim import optimizer_for, parameters_of
from spikegraph.backends.torch.train.step import step
from spikegraph.base.processes import ONE, Processes
from spikegraph.cli.launched import end
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.opdef import Op
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.rates import RateScale
from spikegraph.passes.phase_pipelines import FASTER
from spikegraph.passes.pipeline import run
from spikegraph.passes.sync_norm import SyncNorm

PLACE = "features.stem"


def batch_of(numbers: list[int], processes: Processes) -> Batch:
    """This process's part of a batch whose samples have different numbers of valid pixels."""
    samples = stereo_set(8)
    batch = collate([item(samples.sample(k)) for k in processes.part(numbers)], samples.task)
    inputs = {name: x.double() for name, x in batch.inputs.items()}
    target = batch.target.double()
    return replace(batch, inputs=inputs, target=target, samples=len(numbers), present=processes.has_part(len(numbers)))


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


NORMS = {
    "norms without weights": Norm(affine=False),
    "norms with factors": Norm(per="step", steps=3),
    "scales by rates": RateScale(),
}


def with_norms(graph: Graph, norm: Op) -> Graph:
    """The graph with another operation in place of its norms, all of whose operands are the norm's."""

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        normed = isinstance(node.op, Norm)
        return out.change(node, operands * len(norm.operands), norm) if normed else out.keep(node, operands)

    return graph.rewrite(rule)


def difference(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    assert one.keys() == other.keys()
    return max(float((one[name].double() - other[name].double()).abs().max()) for name in one)


def pair(graph: Graph) -> tuple[Model, Model]:
    """A model for one process, and one with the same weights for several."""
    torch.manual_seed(4)
    single = Model(graph).double()
    several = Model(run((SyncNorm(),), graph)).double()
    several.load_state_dict(deepcopy(single.state_dict()))
    return single, several


def same_bits(found: dict[str, torch.Tensor], processes: Processes) -> bool:
    return all(torch.equal(of[name], found[name]) for of in processes.gathered(found) for name in found)


def compared(graph: Graph, which: str, batches: list[list[int]], processes: Processes) -> dict[str, Any]:
    single, several = pair(graph)
    alone, together = stepped(single, which, batches, ONE), stepped(several, which, batches, processes)
    gradients = sum("gradient" in k for k in alone)
    return {"difference": difference(alone, together), "same bits": same_bits(together, processes), "gradients": gradients}


def surrogates(numbers: list[int], processes: Processes) -> dict[str, Any]:
    """An iteration of a surrogate search: losses, alphas, norms, and each candidate's weights."""

    def found(model: Model, of: Processes) -> dict[str, torch.Tensor]:
        losses, optimizer = Losses(model.graph, LOSS), optimizer_for(SGD, model.weights())
        passes, batch = Passes(model.train(), losses, groups(model.graph), of), batch_of(numbers, of)
        with of.standing_in(not batch.present):
            got = iterate(passes, optimizer, {PLACE: (2.0, 3.0, 4.0)}, dgs_networks.declared(PLACE, candidates=3), batch, 0.5)
        weights = {f"{k} {key}": w for k, each in enumerate(got.weights[PLACE]) for key, w in each.items()}
        return {"loss": got.loss, "mixed": got.mixed_loss, "alpha": got.alphas[PLACE], "norm": got.norms[PLACE], **weights}

    single, several = pair(dgs_networks.stereo(PLACE))
    alone, together = found(single, ONE), found(several, processes)
    return {"difference": difference(alone, together), "same bits": same_bits(together, processes), "candidates": len(alone)}


def evaluated(processes: Processes) -> dict[str, Any]:
    """The measures of one model, and those of several whose norms have other statistics until they are evaluated."""
    single, _ = pair(stereo_graph("c3"))
    single, several = single.float(), deepcopy(single).float()
    if not processes.main:
        for name, buffer in several.named_buffers():
            buffer.add_(1.0 if "running" in name else 0.0)
    samples, how = stereo_set(5, crop=False), {"firing_rates": True}
    one, all_of_them = evaluate(single, samples, 2, **how), evaluate(several, samples, 2, **how, processes=processes)
    found = [(e.metrics, e.samples, e.firing_rates, e.additions, e.time_steps) for e in (one, *processes.gathered(all_of_them))]
    return {"metrics": len(one.metrics), "rates": len(one.firing_rates), "same": all(of == found[0] for of in found)}


def without_synchronised_norms(processes: Processes) -> bool:
    """Whether weights have the same bits in all processes after two steps."""
    single, _ = pair(stereo_graph("c3"))
    for _ in range(2):
        stepped(single, "weights", [[0, 1, 2, 3]], processes)
    return same_bits({name: p.detach() for name, p in single.named_parameters()}, processes)


def weighted_mean(processes: Processes) -> list[float]:
    """The mean of values whose weights add up to less than one, and what this process differentiates of it."""
    value, weight = torch.tensor(1.0 + 2 * processes.rank), torch.tensor(0.1 + 0.3 * processes.rank)
    (own,), (mean,) = processes.means([value], [weight], present=True)
    return [mean.item(), sum(processes.gathered(own.item())) / processes.count]


def without_items(processes: Processes) -> tuple[float, list[float]]:
    """A mean of a plug-in over the items of a mask, of which only the first process has any; its value and its gradient."""
    losses, x = Losses(stereo_graph("c3"), LOSS), torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    mask = torch.tensor([0.0, 1.0, 1.0]) * processes.main
    (term,) = losses.terms
    assert isinstance(term, Term)
    mean = replace(term, function=lambda _, value: (value * mask).sum() / mask.sum(), counts=lambda _: mask.sum())
    losses.terms = (mean,)
    own, total, _ = losses.over(processes, {term.wanted: x}, batch_of([0, 1], processes))
    own.backward()
    assert x.grad is not None
    (gradient,) = processes.averaged([x.grad])
    return total.item(), gradient.tolist()


def main(file: str) -> None:
    torch.set_num_threads(1)
    with launched() as processes:
        steps = {
            f"{case}{', fast form' if fast else ''}": compared(
                run(FASTER[1:], stereo_graph(choice)) if fast else stereo_graph(choice), which, batches, processes
            )
            for case, (choice, which, batches) in CASES.items()
            for fast in (False, True)
        }
        for case, norm in NORMS.items():
            steps[case] = compared(with_norms(stereo_graph("c3"), norm), "weights", [[4, 5, 6, 7]], processes)
        results = {
            "steps": steps,
            "surrogates": [surrogates(numbers, processes) for numbers in ([0, 1, 2, 3], [0, 1, 2], [2])],
            "evaluation": evaluated(processes),
            "weighted mean": weighted_mean(processes),
            "without items": without_items(processes),
            "weights of other norms": without_synchronised_norms(processes),
        }
        if processes.main:
            Path(file).write_text(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
    end(0)
