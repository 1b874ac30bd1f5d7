"""The second objective of a search, measured on a candidate as far as it is trained."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import torch

from spikegraph.analysis.energy import CMOS_45NM, ENERGY_MODELS
from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.torch.train.loader import batches
from spikegraph.backends.torch.train.sampling import Draw
from spikegraph.backends.torch.train.values import values_of
from spikegraph.base.errors import UntrainableError
from spikegraph.dsl.schema.objectives import MODEL
from spikegraph.passes.prune import Prune

if TYPE_CHECKING:
    from spikegraph.analysis.energies.model import EnergyModel
    from spikegraph.backends.torch.model import Model
    from spikegraph.data.sets import DataSet
    from spikegraph.dsl.spec import CallValue
    from spikegraph.program.program import Program
    from spikegraph.runs.summary import Evaluation

TIMED, WARM = 15, 3
"""Inferences of which a latency is the median, and those before them."""


@dataclass(frozen=True)
class Price:
    """The second objective of a search.

    Attributes:
        call: As the spec has it.
    """

    call: CallValue

    @property
    def model(self) -> EnergyModel:
        """The energy model; for other objectives one that prices every network."""
        return ENERGY_MODELS[MODEL.of(self.call.named)] if self.call.name == "energy" else CMOS_45NM

    @property
    def measured(self) -> bool:
        """Whether it follows from the spikes of the validation."""
        return self.call.name in ("energy", "spikes")

    def require_priced(self, program: Program) -> None:
        """Checks that the energy model can price a network, before it is trained.

        Raises:
            UntrainableError: It can't.
        """
        built = program.build("retrain")
        why = Statistics.of(built.outline, built.plain, model=self.model, time=built.time_steps).refused
        if why is not None:
            summary = (
                f"{self.call.span.start}: the energy model `{self.model.name}` can't price a network of this search: {why}"
            )
            raise UntrainableError(summary, "write another energy model; `spikegraph energies` lists them")

    def of(self, program: Program, model: Model, validation: DataSet, evaluation: Evaluation) -> float:
        """The price of a candidate.

        Args:
            program: The spec with the candidate's genotype.
            model: The candidate, as far as it is trained.
            validation: The validation set.
            evaluation: What was measured of it there.

        Raises:
            UntrainableError: It follows from spikes that the validation doesn't compute.
        """
        built = program.build("retrain")
        if self.call.name == "latency":
            return latency(model, validation)
        found = Statistics.evaluated(built.outline, built.plain, evaluation, self.model, time=built.time_steps)
        computed = Prune(losses=False).apply(built.plain)  # as what `found` counts
        unknown = next((n.name for n in computed if n.op.traits.fires and n.name not in evaluation.firing_rates), None)
        if self.measured and unknown is not None:
            summary = f"{self.call.span.start}: the validation doesn't compute `{unknown}`, which no scored output takes"
            raise UntrainableError(summary, "search without that output, or for `parameters` or `latency`")
        if self.call.name == "energy":
            return found.inference_millijoules
        return found.spikes if self.call.name == "spikes" else float(found.parameters)


def latency(model: Model, samples: DataSet) -> float:
    """The time of an inference of the first sample on the model's device, in milliseconds: the median of `TIMED`."""
    device, training = next(iter(model.parameters())).device, model.training
    (batch,) = batches(samples, [[Draw(0, 0)]], device, workers=0, seed=0)
    seconds = list[float]()
    model.eval()
    try:
        with torch.inference_mode():
            for _ in range(WARM + TIMED):
                begun = time.perf_counter()
                values_of(model, batch)
                if device.type == "cuda":
                    torch.cuda.synchronize(device)
                seconds.append(time.perf_counter() - begun)
    finally:
        model.train(training)
    return 1e3 * median(seconds[WARM:])
