"""A run's trained network on its test set: as deployed, streamed, and compared with the form whose norms are separate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spikegraph.backends.torch.train.checkpoint import read_weights
from spikegraph.backends.torch.train.device import device_of, float32_products
from spikegraph.backends.torch.train.differences import NOTHING, Difference, differences, single_inputs
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.examples import gather
from spikegraph.backends.torch.train.rasters import rasters_of
from spikegraph.backends.torch.trained import trained_model
from spikegraph.backends.torch.validated import arrays, judged
from spikegraph.base.allocator import keep_buffers
from spikegraph.base.errors import ArgumentError, ValidationError
from spikegraph.base.progress import Reporter, Silent
from spikegraph.base.visible import visible_name
from spikegraph.data.class_labels import ignoring
from spikegraph.data.sets import DataSets, data_sets
from spikegraph.data.trained_classes import as_trained
from spikegraph.elaborate.samples import require_fit
from spikegraph.ir.folding import FOLDED
from spikegraph.meaning.composites import flat
from spikegraph.program.kept import Kept, kept
from spikegraph.runs.examples import write_examples
from spikegraph.runs.rasters import NAME as RASTERS
from spikegraph.runs.rasters import write_rasters
from spikegraph.validation.pipelines import decided

if TYPE_CHECKING:
    from pathlib import Path

    from spikegraph.backends.torch.model import Model
    from spikegraph.backends.torch.trained import Form
    from spikegraph.runs.summary import Evaluation


REFERRED = 4
"""The most samples that are compared with the reference."""

EXPLAINED = 16
"""The most samples whose differing spikes are compared with the bound of their rounding."""


CHANGED = (
    "the data aren't those of the training any more; a test set that is drawn is another one, "
    "and may hold samples of the training"
)


@dataclass(frozen=True)
class Folding:
    """What folding the norms changes.

    Attributes:
        separate: The results of the retrained form, whose norms are separate.
        neurons: By neurons of the network, the spikes of the deployed form that differ from those of the retrained one.
        unexplained: The first spike, of the first samples, that differs by more than rounding explains, in words; None if all
            are explained.
    """

    separate: Evaluation
    neurons: Mapping[str, Difference]
    unexplained: str | None = None

    @property
    def total(self) -> Difference:
        """The differences of all neurons together."""
        return sum(self.neurons.values(), NOTHING)


@dataclass(frozen=True)
class Referred:
    """The deployed form beside the reference, on the first samples of the test set.

    Attributes:
        samples: How many samples were compared.
        spikes: How many spikes and silences of neurons.
        differing: How many of them differ because rounding decides them.
    """

    samples: int
    spikes: int
    differing: int


@dataclass(frozen=True)
class Evaluated:
    """The results of a run's deployed form.

    Attributes:
        standard: The results of the samples, each from the initial state.
        streamed: The results of the samples, fed one time step at a time; None if that wasn't asked for.
        folding: What folding the norms changes; None if that wasn't asked for.
        folds: Whether norms are folded in the deployed form.
        reference: The comparison with the reference; None if that wasn't asked for.
        classes: Names of the classes; empty if there are none.
        summarised: Whether a run's summary has the results of the form that was trained.
    """

    standard: Evaluation
    streamed: Evaluation | None = None
    folding: Folding | None = None
    folds: bool = True
    reference: Referred | None = None
    classes: tuple[str, ...] = ()
    summarised: bool = True

    @property
    def results(self) -> Evaluation:
        """The streamed results, if that was asked for, else the standard ones."""
        return self.streamed or self.standard


def evaluated(
    run: Path,
    *,
    data: Path | None = None,
    stream: bool = False,
    folding: bool = False,
    reference: bool = False,
    device: str = "cpu",
    examples: bool = False,
    reporter: Reporter | None = None,
) -> Evaluated:
    """Evaluates a run's trained network on the test set, with folded norms, as in deployment.

    Args:
        run: The run folder.
        data: The data folder; by default the run's.
        stream: Also feed the samples one time step at a time.
        folding: Also evaluate the retrained form, and compare its spikes.
        reference: Also compare the first samples with what the reference computes from the spec.
        device: The device, as torch names it.
        examples: Write example predictions to the run folder, as training does.
        reporter: Shows the progress; by default nothing does.

    Raises:
        ValidationError: The network computes something else than the reference.
        SpecError, DataError, TrainError: The run folder, the data or the network can't be used, or not streamed.
    """
    test = RunTest.read(run, data=data, device=device, reporter=reporter)
    model = test.model("deploy")
    streamed = test.evaluate(model, "stream", stream=True) if stream else None  # first, since it may be refused
    standard = test.evaluate(model)
    folds = any(FOLDED in node.notes for node in model.plain)
    folded, referred = test.folding(model) if folding else None, test.referred(model) if reference else None
    classes, summarised = test.sets.about.classes, test.kept.run is not None
    found = Evaluated(standard, streamed, folded, folds, referred, classes, summarised)
    if examples:
        test.write_examples(model)
    return found


@dataclass(frozen=True)
class RunTest:
    """A run, and the test set of its `retrain`.

    Attributes:
        kept: The run, or the model's folder or file.
        sets: The data sets.
        batch: Samples that are run at once.
        device: The device, as torch names it.
        reporter: Shows the progress.
    """

    kept: Kept
    sets: DataSets
    batch: int
    device: str
    reporter: Reporter

    @classmethod
    def read(cls, run: Path, *, data: Path | None, device: str, reporter: Reporter | None) -> RunTest:
        """Reads a run's folder and its data; arguments and errors as those of `evaluated`."""
        keep_buffers()
        found, progress = kept(run), reporter or Silent()
        declared, dataset = found.retraining()
        sets = as_trained(ignoring(data_sets(dataset, found.data(data), found.seed), declared), found.classes)
        require_fit(declared, found.program.space("retrain"), sets.sample_type, sets.source)
        if found.unfinished is not None:
            progress.notice(f"note: {found.unfinished}")
        progress.notice(f"data: {sets.source}")
        for line in (*sets.notes, *([CHANGED] if data is None and _changed(found, sets) else [])):
            progress.notice(f"note: {line}")
        batch = 1 if sets.task.whole else declared.batch
        return cls(found, sets, batch, device, progress)

    def model(self, form: Form) -> Model:
        """The trained network on the device, with its norms folded (`deploy`) or separate (`retrain`)."""
        return trained_model(self.kept, form).to(device_of(self.device))

    def evaluate(self, model: Model, title: str = "test", *, stream: bool = False) -> Evaluation:
        """The results of a model; the progress has this title."""
        self.reporter.start(title, len(self.sets.test))
        try:
            with float32_products(device_of(self.device), self.kept.precision):
                return evaluate(
                    model,
                    self.sets.test,
                    self.batch,
                    stream=stream,
                    firing_rates=True,
                    on_progress=lambda done, _: self.reporter.advance(done),
                )
        finally:
            self.reporter.stop()

    def folding(self, folded: Model) -> Folding:
        """What folding the norms changes."""
        separate = self.model("retrain")
        results = self.evaluate(separate, "norms separate")
        self.reporter.start("spikes of both", len(self.sets.test))
        try:
            found = differences(folded, separate, self.sets.test, self.batch, on_progress=self.reporter.advance)
        finally:
            self.reporter.stop()
        count, weights = min(self.batch, EXPLAINED, len(self.sets.test)), arrays(separate.state_dict())
        each = enumerate(single_inputs(folded, self.sets.test, count))
        wrong = (judged(folded, separate.plain, weights, inputs, k).wrong for k, inputs in each)
        return Folding(results, found, next((why for why in wrong if why is not None), None))

    def referred(self, folded: Model) -> Referred:
        """The first samples beside the reference of the spec, with the weights as they were trained.

        Raises:
            ValidationError: Rounding doesn't explain how they differ.
        """
        self.kept.require_separate()
        built, (tensors, _) = self.kept.program.build("deploy"), read_weights(self.kept.weights)
        simple, weights = flat(built.space, decided(built.passes)), arrays(tensors)
        count, spikes, differing = min(REFERRED, len(self.sets.test)), 0, 0
        self.reporter.start("reference", count)
        for k, inputs in enumerate(single_inputs(folded, self.sets.test, count)):
            found = judged(folded, simple, weights, inputs, k)
            if found.wrong is not None:
                summary = f"on the test set the network doesn't compute what the reference does: {found.wrong}"
                raise ValidationError(summary, "please report it with the run's folder")
            spikes, differing = spikes + found.explained.spikes, differing + found.explained.differing
            self.reporter.advance(k + 1)
        self.reporter.stop()
        return Referred(count, spikes, differing)

    def write_examples(self, model: Model) -> None:
        """Writes predictions, spikes and potentials to the run's folder.

        Raises:
            ArgumentError: It is no run.
        """
        if self.kept.run is None:
            raise ArgumentError(f"{visible_name(self.kept.path)} is no run, so it keeps no examples")
        write_examples(self.kept.run.folder.examples, gather(model, self.sets.test))
        if (rasters := rasters_of(model, self.sets.test)) is not None:
            write_rasters(self.kept.run.path / RASTERS, rasters)


def _changed(network: Kept, sets: DataSets) -> bool:
    """Whether the data of a run, of which the test set may be drawn, have changed since it began."""
    held, search = None if network.run is None else network.run.manifest.data_sha256, network.program.spec.search
    alone = search is None or search.dataset == sets.declared.name  # else the hash is of both
    return alone and sets.declared.drawn_test and bool(held) and held != sets.sha256
