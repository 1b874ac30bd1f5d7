"""What an epoch of each phase is: its optimisers, its samples and its steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol, cast

import torch
from torch import Tensor
from typing_extensions import override

from spikegraph.backends.torch.train.batches import Batch, Samples
from spikegraph.backends.torch.train.bilevel import bilevel
from spikegraph.backends.torch.train.dgs import Round, groups_of
from spikegraph.backends.torch.train.fit import fit
from spikegraph.backends.torch.train.gradient_norms import watched
from spikegraph.backends.torch.train.loader import batches
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import learning_rate, optimiser, set_learning_rate
from spikegraph.backends.torch.train.sampling import draws, halves, in_batches
from spikegraph.backends.torch.train.seeding import derive
from spikegraph.backends.torch.train.step import Descent
from spikegraph.dsl.spec import Dgs, Retrain, Run, Search
from spikegraph.errors import TrainError

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


class Plan(Protocol):
    """A phase, epoch by epoch; epochs and steps count from 0."""

    @property
    def epochs(self) -> int:
        """How many there are."""
        ...

    @property
    def optimisers(self) -> dict[str, torch.optim.Optimizer]:
        """By name, all that have a state."""
        ...

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        ...

    def rate(self, epoch: int, step: int) -> float:
        """The learning rate of the weights."""
        ...

    def epoch(self, epoch: int, first: int) -> Iterator[dict[str, Tensor]]:
        """Does the steps of an epoch from `first` on, and gives the losses of each."""
        ...

    def rounds(self, epoch: int) -> Sequence[Round]:
        """The searches of surrogates behind an epoch's steps."""
        ...


@dataclass(frozen=True)
class _Common:
    """What both phases have.

    Attributes:
        run: As declared.
        model: On its device, with its weights.
        samples: The training set.
        seed: The run's.
        device: Where the model is.
    """

    run: Run
    model: Model
    samples: Samples
    seed: int
    device: torch.device

    @property
    def epochs(self) -> int:
        """How many there are."""
        return self.run.epochs

    @cached_property
    def losses(self) -> Losses:
        """The loss, bound to the model's graph."""
        return Losses(self.model.graph, self.run.loss)

    @cached_property
    def weights(self) -> Descent:
        """The weights' optimiser."""
        parameters = self.model.weights()
        return Descent(parameters, optimiser(self.run.weights, parameters), self.run.clip)

    def rate(self, epoch: int, step: int) -> float:
        """The learning rate of the weights."""
        base = cast("float", self.run.weights.named["lr"])
        return learning_rate(self.run.schedule, base, epoch + step / self.steps, self.epochs)

    def rounds(self, epoch: int) -> Sequence[Round]:
        """None: surrogates are searched in the retraining."""
        del epoch
        return ()

    @property
    def indexes(self) -> Sequence[int]:
        """What the weights are trained on."""
        return range(len(self.samples))

    @property
    def samples_of_epoch(self) -> int:
        """Samples that the weights see in an epoch."""
        limit = self.run.epoch_samples
        return len(self.indexes) if limit is None else limit

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return -(-self.samples_of_epoch // self.run.batch)

    def read(self, indexes: Sequence[int], count: int, first: int, *purpose: str | int) -> Iterator[Batch]:
        """`count` samples of an epoch in batches, from batch `first` on."""
        purpose = (self.run.kind, *purpose)
        order = in_batches(draws(indexes, count, self.seed, *purpose), self.run.batch)[first:]
        seed = derive(self.seed, "workers", *purpose, first)
        return batches(self.samples, order, self.device, workers=self.run.workers, seed=seed)


@dataclass(frozen=True)
class RetrainPlan(_Common):
    """Plain training of the weights, with searches of the surrogates of the places that the run names (section 3.4)."""

    run: Retrain

    def __post_init__(self) -> None:
        """Refuses a model in which the run's places aren't marked.

        Raises:
            TrainError: One of them isn't.
        """
        for dgs in self.run.dgs:
            groups_of(dgs, self.model)

    @property
    def optimisers(self) -> dict[str, torch.optim.Optimizer]:
        """The weights'."""
        return {"weights": self.weights.optimiser}

    def epoch(self, epoch: int, first: int) -> Iterator[dict[str, Tensor]]:
        """Every sample once, or as many as an epoch has."""
        found = self.read(self.indexes, self.samples_of_epoch, first, "weights", epoch)
        return watched(fit(self.model, self.losses, self.weights, found, partial(self.rate, epoch), first), self.model)

    @override
    def rounds(self, epoch: int) -> Sequence[Round]:
        """One for each `dgs` whose interval is over, in the order of the text: a later one begins from what came before it."""
        due = [(k, dgs) for k, dgs in enumerate(self.run.dgs) if (epoch + 1) % dgs.every == 0]
        return [Round(d, self.model, self.losses, self.weights, partial(self._round_batches, k, d, epoch)) for k, d in due]

    def _round_batches(self, number: int, dgs: Dgs, epoch: int, first: int) -> Iterator[Batch]:
        """A round's batches from `first` on, and the learning rate that the epoch's last step had."""
        set_learning_rate(self.weights.optimiser, self.rate(epoch, self.steps - 1))
        count = dgs.iterations * self.run.batch
        return self.read(self.indexes, count, first, "dgs", number, epoch)


@dataclass(frozen=True)
class SearchPlan(_Common):
    """Weights on half A; after the warm-up also the architecture, on half B (section 3.3)."""

    run: Search

    def __post_init__(self) -> None:
        """Refuses a model without a choice.

        Raises:
            TrainError: There is nothing to search.
        """
        if not self.model.architecture:
            raise TrainError(f"{self.run.span.start}: `{self.run.network}` has no open choice to search")

    @cached_property
    def architecture(self) -> Descent:
        """The optimiser of alpha and beta."""
        parameters = list(self.model.architecture.values())
        return Descent(parameters, optimiser(self.run.architecture, parameters))

    @property
    def optimisers(self) -> dict[str, torch.optim.Optimizer]:
        """The weights' and the architecture's."""
        return {"weights": self.weights.optimiser, "architecture": self.architecture.optimiser}

    @cached_property
    def halves(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """A and B: the samples of the weights and those of the architecture."""
        return halves(len(self.samples), self.run.split, self.seed)

    @property
    def indexes(self) -> Sequence[int]:
        """A."""
        return self.halves[0]

    def epoch(self, epoch: int, first: int) -> Iterator[dict[str, Tensor]]:
        """A once, or as much of it as an epoch has; beside it as much of B, again from its start where it is smaller."""
        count = self.samples_of_epoch
        a = self.read(self.indexes, count, first, "weights", epoch)
        rates = partial(self.rate, epoch)
        if epoch < self.run.warm_up:
            return fit(self.model, self.losses, self.weights, a, rates, first)
        b = self.read(self.halves[1], count, first, "architecture", epoch)
        pairs = zip(a, b, strict=True)
        return bilevel(self.model, self.losses, self.weights, self.architecture, pairs, rates, first)
