"""The search of a run: what its method works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from spikegraph.backends.search.halves import halves, notices
from spikegraph.backends.search.trials import RunTrials
from spikegraph.backends.torch.train.phase_batches import steps_in_epoch
from spikegraph.backends.torch.train.seeding import derive

if TYPE_CHECKING:
    from spikegraph.backends.torch.train.log import RunLog
    from spikegraph.data.sets import DataSet
    from spikegraph.dsl.spec import Search, Value
    from spikegraph.program.program import Program

Parts = tuple["DataSet", "DataSet | None"]
"""A training set, and the validation set if there is one."""


@dataclass(frozen=True)
class RunSearch:
    """The search of a run; its methods get it.

    Attributes:
        program: A spec with a `search`, without a genotype.
        data: Training and validation set of the `search`.
        candidates: Those of the `retrain`, by which candidates are trained.
        log: The run's log.
    """

    program: Program
    data: Parts
    candidates: Parts
    log: RunLog

    @property
    def run(self) -> Search:
        """The declaration."""
        assert self.program.spec.search is not None
        return self.program.spec.search

    @property
    def options(self) -> Mapping[str, Value]:
        """The method's parameters by name."""
        return self.run.method.named

    @cached_property
    def random(self) -> np.random.Generator:
        """Random numbers for what a method draws."""
        return np.random.default_rng(self.seed("method"))

    def seed(self, *purpose: str | int) -> int:
        """A seed of the search for one purpose."""
        return derive(self.log.settings.seed, "search", *purpose)

    @cached_property
    def halves(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The samples for the weights and those for the architecture; prints if labels are left out or in both sets.

        Raises:
            TrainError: There are fewer than two samples.
        """
        split = halves(self.data[0], self.run.split, self.log.settings.seed)
        for line in notices(split, len(self.data[0])):
            self.log.notice(line)
        return split.a, split.b

    @cached_property
    def trials(self) -> RunTrials:
        """What trains candidates."""
        retrain = self.program.spec.retrain
        assert retrain is not None
        samples, validation = self.candidates
        steps = retrain.epochs * steps_in_epoch(retrain, len(samples))
        return RunTrials(self.program, samples, validation, self.log, steps)
