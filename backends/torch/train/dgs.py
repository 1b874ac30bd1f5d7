"""Differentiable surrogate gradient search (Che et al., NeurIPS 2022, section 3.4, Eq. 7, Algorithm 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from spikegraph.analysis.dgs import Group, groups, temperatures, with_temperatures
from spikegraph.analysis.dgs_record import Record
from spikegraph.analysis.out_of_memory import guarded, naming_layers, place
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.train.dgs_iteration import Iteration
from spikegraph.backends.torch.train.dgs_passes import Forward, Passes, Weights
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.trial import trial_step
from spikegraph.base.errors import UntrainableError
from spikegraph.base.processes import ONE, Processes
from spikegraph.dsl.dgs_places import ALL_STEMS, auto_count
from spikegraph.dsl.spec import Dgs
from spikegraph.passes.instrument_dgs import inside, searchable

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model, Watch


def candidates_around(b: float, settings: Dgs) -> tuple[float, ...]:
    """The N candidate temperatures b + (i - (N - 1) / 2) * spacing for i = 0 .. N - 1, clamped to the bounds."""
    low, high = settings.bounds
    offsets = [(i - (settings.candidates - 1) / 2) * settings.spacing for i in range(settings.candidates)]
    # Rounded, so that steps of 0.2 from 3 give 1.8 instead of 1.8000000000000003; b itself isn't rounded.
    return tuple(min(max(round(b + o, 9) if o else b, low), high) for o in offsets)


def chosen(alphas: Sequence[float], candidates: Sequence[float], b: float) -> float:
    """The candidate with the largest mean alpha; ties go to the candidate nearest to the current b, then to the smaller."""
    best = max(alphas)
    return min((c for a, c in zip(alphas, candidates, strict=True) if a == best), key=lambda c: (abs(c - b), c))


def iterate(
    passes: Passes,
    optimizer: torch.optim.Optimizer,
    candidates: Mapping[str, Sequence[float]],
    settings: Dgs,
    batch: Batch,
    clip: float | None = None,
) -> Iteration:
    """Runs one iteration of Algorithm 1 (lines 6 and 7): the weights w_i of each candidate, then one step on alpha.

    Doesn't change the model, its weights, its running statistics or the optimizer's state.

    Args:
        passes: The forward and backward passes over all groups that are searched together.
        optimizer: The optimizer of the network's weights; each candidate takes one step by its update rule.
        candidates: The N temperatures of each group.
        settings: The `dgs` declaration.
        batch: The batch for the candidates' steps and for the mixed output's loss.
        clip: Maximum norm of the weights' gradient; None for no clipping.

    Raises:
        OutOfMemoryError: Memory ran out in a backward pass or a candidate's step; the error names the layer.
    """
    graph = passes.model.graph

    def first(watch: Watch | None) -> tuple[Forward, dict[str, list[Weights]]]:
        with passes.watched(watch) as these:
            forward = these.forward(batch)
            return forward.detached(), these.gradients(forward, candidates, batch)

    forward, gradients = guarded(graph, first)
    uses = {group.name: group.uses[0].neuron for group in passes.groups}
    weights: dict[str, list[Weights]] = {}
    norms: dict[str, Tensor] = {}
    means = iter(passes.processes.averaged([g for found in gradients.values() for each in found for g in each.values()]))
    for group, own in gradients.items():
        found = [{key: next(means) for key in each} for each in own]
        keys, parameters = zip(*passes.parameters[group].items(), strict=True)
        fresh = settings.state == "fresh"
        with naming_layers(f" in a candidate's step of {place(graph.node(uses[group]))}"):
            stepped = [trial_step(optimizer, parameters, [g[k] for k in keys], clip, fresh=fresh) for g in found]
        weights[group] = [dict(zip(keys, values, strict=True)) for values in stepped]
        norms[group] = torch.stack([torch.linalg.vector_norm(torch.stack([g.norm() for g in gs.values()])) for gs in found])  # pyright: ignore[reportUnknownMemberType]
    alphas = {name: norm.new_full((settings.candidates,), settings.epsilon).requires_grad_() for name, norm in norms.items()}

    def slopes_of(watch: Watch | None) -> tuple[Tensor, tuple[Tensor, ...]]:
        with passes.watched(watch) as these:
            mixed = these.mixed(forward, weights, alphas, batch)
            return mixed.detach(), torch.autograd.grad(mixed, list(alphas.values()), materialize_grads=True)

    mixed, slopes = guarded(graph, slopes_of)
    loss, mixed_loss, *slopes = passes.processes.averaged([forward.loss, mixed, *slopes])
    after = {name: a.detach() - settings.lr * slope for (name, a), slope in zip(alphas.items(), slopes, strict=True)}
    return Iteration(loss, mixed_loss, weights, after, norms)


class SurrogateSearch:
    """The surrogate search of one `dgs` block after an epoch; all of its places are searched in the same passes.

    Attributes:
        settings: The `dgs` declaration.
        groups: The neurons whose surrogates are searched.
        record: The sums over the finished iterations.
    """

    def __init__(
        self,
        dgs: Dgs,
        model: Model,
        losses: Losses,
        optimizer: torch.optim.Optimizer,
        clip: float | None = None,
        processes: Processes = ONE,
    ) -> None:
        """Prepares a search; assign a saved `record` to resume it.

        Args:
            dgs: The `dgs` declaration.
            model: The network.
            losses: The loss to minimise.
            optimizer: The optimizer of the network's weights.
            clip: Maximum norm of the weights' gradient; None for no clipping.
            processes: The processes that share each batch.

        Raises:
            TrainError: The model's graph doesn't mark one of the places.
        """
        self.settings, self.model, self.losses, self.optimizer, self.clip = dgs, model, losses, optimizer, clip
        self.groups, self.processes = groups_of(dgs, model), processes
        self.record = Record()

    @property
    def title(self) -> str:
        """The title for progress output: `surrogates of features.stem0`."""
        return f"surrogates of {', '.join(g.name for g in self.groups)}"

    def run(self, batches: Iterable[Batch]) -> Iterator[dict[str, float]]:
        """Runs one iteration on each batch; a checkpoint may be saved after each yield.

        Yields:
            The iteration's losses: `loss` with the current weights, and `mixed_loss`.
        """
        self.model.train()
        self.processes.same_buffers(self.model)  # as after a resume, whose checkpoint has those of the main process
        before = temperatures(self.model.graph)
        candidates = {g.name: candidates_around(before[g.name], self.settings) for g in self.groups}
        passes = Passes(self.model, self.losses, self.groups, self.processes)
        for batch in batches:
            with self.processes.standing_in(not batch.present):
                found = iterate(passes, self.optimizer, candidates, self.settings, batch, self.clip)
            numbers = found.numbers()
            self.record.add(numbers)
            yield {name: numbers[name][0] for name in ("loss", "mixed_loss")}

    def close(self) -> list[dict[str, Any]]:
        """Sets the neurons' temperatures to the best candidates.

        Returns:
            One journal record per group: name, place, b before and after, the candidates with their mean alphas and mean
            gradient norms, and the mean losses.
        """
        before = temperatures(self.model.graph)
        found: dict[str, float] = {}
        lines: list[dict[str, Any]] = []
        for group in self.groups:
            b = before[group.name]
            candidates = candidates_around(b, self.settings)
            alphas = self.record.mean("alpha", group.name)
            found[group.name] = chosen(alphas, candidates, b)
            lines.append(
                {
                    "neuron": group.name,
                    "place": group.place,
                    "b_before": b,
                    "b": found[group.name],
                    "candidates": list(candidates),
                    "alpha": alphas,
                    "gradient_norm": self.record.mean("norm", group.name),
                    "loss": self.record.mean("loss")[0],
                    "mixed_loss": self.record.mean("mixed_loss")[0],
                    "iterations": self.record.iterations,
                }
            )
        self.model.adopt(with_temperatures(self.model.graph, found))
        return lines


def groups_of(dgs: Dgs, model: Model) -> tuple[Group, ...]:
    """The instrumented neurons of a `dgs` declaration's places; none where a genotype left no neuron with weights.

    Raises:
        TrainError: A place has a neuron that can be searched and isn't instrumented.
    """
    found = tuple(g for g in groups(model.graph) if g.place in dgs.places)
    missing = [place for place in dgs.places if all(g.place != place for g in found)]
    able = searchable(model.plain).values() if missing else ()
    named = [place for place in missing if place != ALL_STEMS and auto_count(place) is None]  # the pass has judged the others
    missing = [place for place in named if any(inside(n.weights, place) for n in able)]
    if missing:
        help = f"add `instrument-dgs{{at={missing[0]}}}` to the pipeline"
        raise UntrainableError(f"{dgs.span.start}: the network has no instrumented neuron for `dgs at {missing[0]}`", help)
    return found
