"""What each phase of a spec will need of a device: memory, the time of a step, hours."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from spikegraph.analysis.devices import LAUNCH, REACHED_BANDWIDTH, Device, PlanPrecision
from spikegraph.backends.torch.forecast.processor import Processor
from spikegraph.backends.torch.forecast.step import Kernels, StepCounts, count_step
from spikegraph.backends.torch.forecast.works import Work
from spikegraph.dsl.spec import Run, Search
from spikegraph.program.phase_steps import PhaseSteps, batch_steps, of_its_samples, retrain_steps, search_steps
from spikegraph.program.program import Program
from spikegraph.searches.networks import space_of

Phase = Literal["search", "retrain"]
HOUR = 3600.0


@dataclass(frozen=True)
class PhaseForecast:
    """What a phase needs.

    Attributes:
        phase: Which.
        run: Its declaration.
        time: The time steps of a training sample.
        counts: What a batch needs.
        seconds: Seconds of a step; None if they can't be told.
        unknown: Why not.
        steps: How many steps it trains for.
        training: Hours of the retraining; None if not known.
        guess: Whether the architecture is drawn, since no genotype says it.
        of_one_step: Whether only the data tell the time steps of a sample, so that `time` is 1.
    """

    phase: Phase
    run: Run
    time: int
    counts: StepCounts
    seconds: float | None
    unknown: str
    steps: PhaseSteps
    training: float | None
    guess: bool = False
    of_one_step: bool = False

    @property
    def memory(self) -> int:
        """Bytes of all tensors at the most."""
        held = self.counts.gradients if self.run.accumulate > 1 else 0
        return self.counts.peak + held

    @property
    def hours(self) -> float | None:
        """Hours of all steps; None if their number or the time of one isn't known."""
        own = 0.0 if self.steps.all == 0 else _times(self.steps.all, self.seconds)
        candidates = 0.0 if self.steps.trainings == 0 else _times(self.steps.trainings, self.training)
        return None if own is None or candidates is None else own / HOUR + candidates


def _times(count: float | None, each: float | None) -> float | None:
    return None if count is None or each is None else count * each


@dataclass(frozen=True)
class Forecast:
    """What a spec's phases will need of a device.

    Attributes:
        program: The spec.
        device: The device.
        precision: The precision of convolutions. `tf32` is that of products of float32, too, on devices that have it.
    """

    program: Program
    device: Device
    precision: PlanPrecision = "fp32"

    @cached_property
    def processor(self) -> Processor | None:
        """What measures this machine; None for a card."""
        return Processor() if self.device.measured else None

    @cached_property
    def retrain(self) -> PhaseForecast | None:
        """The retraining of a spec that has one, with its genotype or a drawn one."""
        run = self.program.spec.retrain
        if run is None:
            return None
        program, guess = self.program, False
        if self.program.phase == "search":
            program, guess = self.program.bind(space_of(self.program).draw(np.random.default_rng(0)).text()), True
        return self._phase("retrain", program, run, retrain_steps(program.spec), guess=guess)

    @cached_property
    def search(self) -> PhaseForecast | None:
        """The search of a spec that has one: its supernet, or the training of a candidate where it has none."""
        run, retrain = self.program.spec.search, self.retrain
        if run is None:
            return None
        steps, hours = search_steps(self.program.spec, space_of(self.program).cells), None if retrain is None else retrain.hours
        if steps.weights == 0 and retrain is not None:
            return replace(retrain, phase="search", steps=steps, training=hours)
        return self._phase("search", self.program, run, steps, training=hours)

    def _phase(
        self, phase: Phase, program: Program, run: Run, steps: PhaseSteps, *, training: float | None = None, guess: bool = False
    ) -> PhaseForecast:
        run = of_its_samples(program.spec, run)
        built = program.build(phase)
        graph = built.graph
        known = graph.time or batch_steps(self.program.spec, run)
        time = known or 1
        counts = count_step(graph, run, time, bf16=self.precision == "bf16", kernels=self._kernels, plain=built.plain)
        passes, update = self._seconds(counts), counts.updated / self._bandwidth
        seconds = None if passes is None else run.accumulate * passes + update
        unknown = f"{self.device.name} has no units for bfloat16"
        if isinstance(run, Search) and run.method.name == "single_path":
            seconds, unknown = None, "each trains another path"
        return PhaseForecast(phase, run, time, counts, seconds, unknown, steps, training, guess, known is None)

    @property
    def _kernels(self) -> Kernels:
        """Whose kernels run."""
        return "cpu" if self.processor is not None else "triton" if self.device.triton else "others"

    @property
    def _bandwidth(self) -> float:
        """Bytes a second that operations without products reach."""
        return self.device.bandwidth * REACHED_BANDWIDTH if self.processor is None else self.processor.bandwidth

    def _seconds(self, counts: StepCounts) -> float | None:
        """Seconds of a forward and backward pass.

        A card computes while its host launches the next operations, so the slower of both counts. A processor does both; the
        measured time of products contains that of their calls.
        """
        if self.processor is None:
            products = self._products(counts, self._on_card)
            total = None if products is None else products + (counts.moved + counts.by_kernels) / self._bandwidth
            return None if total is None else max(total, counts.calls * LAUNCH)
        products = self._products(counts, self.processor.seconds)
        kernels = counts.by_kernels / self.processor.kernels if counts.by_kernels else 0.0
        rest = counts.moved / self._bandwidth + kernels + counts.others * self.processor.call
        return None if products is None else products + rest

    @staticmethod
    def _products(counts: StepCounts, of: Callable[[Work], float | None]) -> float | None:
        """Seconds of all products; None if those of one can't be told."""
        total = 0.0
        for work, count in counts.works.items():
            each = of(work)
            if each is None:
                return None
            total += count * each
        return total

    def _on_card(self, work: Work) -> float | None:
        """Seconds of a product on a card: limited by its units or by its memory."""
        rate = self.device.rate("bf16" if work.bf16 else "tf32" if self.precision == "tf32" else "float32")
        return None if rate is None else max(work.flops / rate, work.moved / self._bandwidth)
