"""Differentiable surrogate gradient search (section 3.4, Eq. 7, Algorithm 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from spikegraph.analysis.dgs import Group, groups, temperatures, with_temperatures
from spikegraph.backends.torch.train.batches import Batch
from spikegraph.backends.torch.train.dgs_passes import Passes, Weights
from spikegraph.backends.torch.train.dgs_record import Iteration, Record
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.trial import trial_step
from spikegraph.dsl.spec import Dgs
from spikegraph.errors import TrainError

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


def candidates_around(b: float, settings: Dgs) -> tuple[float, ...]:
    """B + (i - (N - 1) / 2) * spacing for i = 0 .. N - 1, none beyond the bounds; those beyond one are at it."""
    low, high = settings.bounds
    offsets = [(i - (settings.candidates - 1) / 2) * settings.spacing for i in range(settings.candidates)]
    # Rounded, so that steps of 0.2 from 3 come to 1.8 and not to 1.8000000000000003; b itself stays as it is.
    return tuple(min(max(round(b + o, 9) if o else b, low), high) for o in offsets)


def chosen(alphas: Sequence[float], candidates: Sequence[float], b: float) -> float:
    """The candidate with the largest mean alpha; of equal ones the nearest to the present b, then the smaller."""
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
    """One iteration of Algorithm 1, lines 6 and 7: the weights of each candidate, then one step on alpha.

    The model, its weights, its running statistics and the optimizer's state stay as they are.

    Args:
        passes: Over the groups that are searched at once.
        optimizer: Of the network's weights: each candidate takes one step by its own rule.
        candidates: By group, the N temperatures.
        settings: The declaration.
        batch: Used by both the steps and the mixed output's loss.
        clip: The largest norm of the weights' gradient; None leaves it.
    """
    forward = passes.forward(batch)
    gradients = passes.gradients(forward, candidates, batch)
    forward = forward.detached()
    weights: dict[str, list[Weights]] = {}
    norms: dict[str, Tensor] = {}
    for group, found in gradients.items():
        keys, parameters = zip(*passes.parameters[group].items(), strict=True)
        fresh = settings.state == "fresh"
        stepped = [trial_step(optimizer, parameters, [g[k] for k in keys], clip, fresh=fresh) for g in found]
        weights[group] = [dict(zip(keys, values, strict=True)) for values in stepped]
        norms[group] = torch.stack([torch.linalg.vector_norm(torch.stack([g.norm() for g in gs.values()])) for gs in found])
    alphas = {name: norm.new_full((settings.candidates,), settings.epsilon).requires_grad_() for name, norm in norms.items()}
    mixed = passes.mixed(forward, weights, alphas, batch)
    slopes = torch.autograd.grad(mixed, list(alphas.values()), materialize_grads=True)
    after = {name: a.detach() - settings.lr * slope for (name, a), slope in zip(alphas.items(), slopes, strict=True)}
    return Iteration(forward.loss, mixed.detach(), weights, after, norms)


class SurrogateSearch:
    """The search after one epoch for the places of one `dgs` block; they share its passes.

    Attributes:
        settings: The declaration.
        groups: The neurons whose surrogates are searched.
        record: What the iterations so far came to.
    """

    def __init__(
        self, dgs: Dgs, model: Model, losses: Losses, optimizer: torch.optim.Optimizer, clip: float | None = None
    ) -> None:
        """A search that begins; give it a `record` that was saved to continue from there.

        Args:
            dgs: The declaration.
            model: The network.
            losses: What is minimised.
            optimizer: Of its weights.
            clip: The largest norm of their gradient.

        Raises:
            TrainError: The model's graph has none of the places: it wasn't made for this run.
        """
        self.settings, self.model, self.losses, self.optimizer, self.clip = dgs, model, losses, optimizer, clip
        self.groups = groups_of(dgs, model)
        self.record = Record()

    @property
    def title(self) -> str:
        """For people: `surrogates of features.stem0`."""
        return f"surrogates of {', '.join(g.name for g in self.groups)}"

    def run(self, batches: Iterable[Batch]) -> Iterator[dict[str, float]]:
        """Does an iteration on each batch; between two results everything is between two iterations.

        Yields:
            The iteration's losses: `loss` with the present weights and `mixed_loss`.
        """
        self.model.train()
        before = temperatures(self.model.graph)
        candidates = {g.name: candidates_around(before[g.name], self.settings) for g in self.groups}
        passes = Passes(self.model, self.losses, self.groups)
        for batch in batches:
            yield self.record.add(iterate(passes, self.optimizer, candidates, self.settings, batch, self.clip))

    def close(self) -> list[dict[str, Any]]:
        """Gives the neurons the temperatures that were found.

        Returns:
            For the journal, of each group: its name and place, b before and after, the candidates with their mean alphas and
            the mean norms of the weights' gradient, and the mean losses.
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
    """The instrumented neurons of a declaration's places.

    Raises:
        TrainError: The model's graph has none.
    """
    found = tuple(g for g in groups(model.graph) if g.place in dgs.places)
    missing = [place for place in dgs.places if all(g.place != place for g in found)]
    if missing:
        help = f"its pipeline has no `instrument-dgs{{at={missing[0]}}}`"
        raise TrainError(f"{dgs.span.start}: nothing is marked in the network for `dgs at {missing[0]}`", help)
    return found
