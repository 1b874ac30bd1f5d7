"""The summary: the results of a run."""

from collections.abc import Mapping
from dataclasses import field, replace

from pydantic.dataclasses import dataclass

from spikegraph.runs.confusion import Class, Confusion
from spikegraph.runs.json_file import STRICT, Count, Real
from spikegraph.runs.metrics import Directions, directions_of, higher_is_better

NETWORK = "network"
"""The trained network's name in tables of methods."""

Metrics = Mapping[str, Real]
"""Metrics by name; the first one decides which of two networks is better."""


def improved(metric: str, value: float, before: float | None) -> bool:
    """True if a metric is better than before, or if there is no value before."""
    return before is None or (value > before if higher_is_better(metric) else value < before)


@dataclass(frozen=True, config=STRICT)
class PhaseResult:
    """The result of a search or of a retraining.

    Attributes:
        epochs: Number of epochs.
        steps: Number of steps.
        seconds: Time in seconds, without interruptions.
        parameters: Number of trainable weights.
        losses: Mean losses of the last epoch.
        best_epoch: The epoch whose network is kept, by the validation's first metric; None without a validation.
        validation: The metrics of the validation after that epoch.
    """

    epochs: Count
    steps: Count
    seconds: Real
    parameters: Count
    losses: Mapping[str, Real]
    best_epoch: Count | None = None
    validation: Metrics = field(default_factory=dict[str, float])


@dataclass(frozen=True, config=STRICT)
class Evaluation:
    """A model's results on a data set.

    Attributes:
        metrics: `mean_depth_error_cm`, `median_depth_error_cm`, `mean_disparity_error_px`, `one_pixel_accuracy_percent`; or
            `accuracy_percent`.
        samples: Number of images.
        seconds: Time in seconds, including reading the data.
        firing_rates: Spikes per neuron and time step, by node, and the mean magnitude of inputs that are spikes, counts or
            signs; empty if they weren't measured.
        confusion: The confusion matrix of a classifier; empty for other tasks, and in runs of older versions.
        additions: Additions that the spikes cause, per time step and sample, by operation; of those where they depend on the
            places of the spikes, such as convolutions. Empty if they weren't counted, and in runs of older versions.
        time_steps: Number of time steps of the samples; None for images, and if it wasn't measured or differs.
        classes: Scores of each class, by its number and the score's name (`spikegraph.runs.confusion.class_scores`); empty if
            there are no classes, and in runs of older versions.
    """

    metrics: Metrics
    samples: Count
    seconds: Real
    firing_rates: Mapping[str, Real] = field(default_factory=dict[str, float])
    confusion: Confusion = field(default_factory=dict[int, Mapping[int, int]])
    additions: Mapping[str, Real] = field(default_factory=dict[str, float])
    time_steps: Count | None = None
    classes: Mapping[Class, Mapping[str, Real]] = field(default_factory=dict[int, Mapping[str, float]])


@dataclass(frozen=True, config=STRICT)
class SearchCost:
    """What the candidates of a search cost.

    Attributes:
        candidates: How many were begun.
        trainings: Their trainings together, in whole trainings of the `retrain`.
        seconds: Time of these trainings.
        chosen: The number of the candidate that the search chose; None if it chose none of them.
    """

    candidates: Count
    trainings: Real
    seconds: Real
    chosen: Count | None = None


@dataclass(frozen=True, config=STRICT)
class Controls:
    """The controls of a run: random architectures, trained and evaluated as its network was.

    Attributes:
        asked: How many were asked for; 0 for as many as the search's cost buys, until that is known.
        metric: The metric that is compared, the first of the test set; empty until all controls are trained.
        values: Its value for each control; None if its training diverged.
        percentile: The percentage of controls that the run's network surpasses; equal ones count half.
        gain: How much better the network is than the mean control, in the metric's unit.
        interval: The 95 % interval of that gain, by Student's t; None for fewer than two, and in runs of older versions a
            bootstrap interval, which was too narrow.
        best: The number, from 1, of the control that random search keeps: the best by the final choice of a search, which
            doesn't see the test set.
        best_gain: How much better the network is than that control, in the metric's unit.
        best_interval: The 95 % interval of that gain, by Student's t; None for fewer than two.
        chosen_by: What chose the best: `validation` or `training loss`; empty where none could be trained.
        test_deviation: The standard deviation that the finite test set alone gives the network's accuracy, in percent; None for
            other metrics.
        search_trainings: What the search cost, in trainings; None if that isn't known.
    """

    asked: Count
    metric: str = ""
    values: tuple[Real | None, ...] = ()
    percentile: Real | None = None
    gain: Real | None = None
    interval: tuple[Real, Real] | None = None
    best: Count | None = None
    best_gain: Real | None = None
    best_interval: tuple[Real, Real] | None = None
    chosen_by: str = ""
    test_deviation: Real | None = None
    search_trainings: Real | None = None


@dataclass(frozen=True, config=STRICT)
class Taken:
    """What a retraining took of the weights that it started from.

    Attributes:
        taken: The names of the tensors that are those of the source.
        left: Why others aren't, by name: those of the network, which begin fresh, then those that only the source has.
    """

    taken: tuple[str, ...]
    left: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, config=STRICT)
class Summary:
    """`summary.json`, written after each phase.

    Attributes:
        complete: All phases are done.
        search: Result of the search; None before its end, or without a search.
        retrain: Result of the retraining; None before its end.
        evaluation: Results of the trained network on the test set; None before the evaluation.
        baselines: Metrics of simpler methods on the same images, by name of the method.
        notes: Notices about the data.
        margins: By decision of the search, `normal.n0 = c3(prev)` or `feature_path[2] = 1`, how clear it was, as a difference
            of probabilities; empty before its end, without alpha, and in runs of older versions.
        cost: What the candidates cost that the search trained; None before its end, or without candidates.
        controls: Random architectures beside the network; None without `--control`.
        search_trainings: What the search cost, in whole trainings of the `retrain`: candidates as far as they were trained, a
            supernet by its operations; None before its end, without a search, and in runs of older versions.
        weights: What the retraining took of other weights; None before its start, and where it started from none.
        front: The number of networks on the front of the search; None before its end, and of one with one objective.
        directions: Whether higher is better, by metric; empty in runs of older versions.
    """

    complete: bool = False
    search: PhaseResult | None = None
    retrain: PhaseResult | None = None
    evaluation: Evaluation | None = None
    baselines: Mapping[str, Metrics] = field(default_factory=dict[str, Metrics])
    notes: tuple[str, ...] = ()
    margins: Mapping[str, Real] = field(default_factory=dict[str, float])
    cost: SearchCost | None = None
    controls: Controls | None = None
    search_trainings: Real | None = None
    weights: Taken | None = None
    front: Count | None = None
    directions: Directions = field(default_factory=dict[str, bool])

    def with_directions(self) -> "Summary":
        """The same with the directions of all its metrics that are registered."""
        return replace(self, directions={**self.directions, **directions_of(self.measured)})

    @property
    def search_cost(self) -> float | None:
        """What the search cost, in trainings; in runs of older versions only that of candidates is known."""
        if self.search_trainings is not None or self.cost is None or self.search is not None:
            return self.search_trainings
        return self.cost.trainings

    @property
    def searched(self) -> bool:
        """Whether the run's genotype is what a search found: one of a supernet, or one that trained candidates."""
        return self.search is not None or self.cost is not None

    @property
    def measured(self) -> tuple[str, ...]:
        """The names of all metrics of the network and the baselines, on the validation and the test set."""
        validated = [phase.validation for phase in (self.search, self.retrain) if phase is not None]
        return tuple(dict.fromkeys(name for of in (*validated, *self.methods().values()) for name in of))

    def methods(self) -> dict[str, Metrics]:
        """The metrics of the network and the baselines, by name: the rows of a table."""
        network = {} if self.evaluation is None else {NETWORK: self.evaluation.metrics}
        return network | dict(self.baselines)
