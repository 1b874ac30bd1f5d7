"""`spikegraph.data`: the samples of a spec, as its training sees them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from spikegraph.api.loading import spec_of
from spikegraph.base.errors import ArgumentError
from spikegraph.plugins.notes import naming_plugins

if TYPE_CHECKING:
    from spikegraph.data.sample import Sample
    from spikegraph.data.sets import DataSet
    from spikegraph.dsl.spec import Retrain, Search
    from spikegraph.program.program import Program


@dataclass(frozen=True)
class SpecData:
    """The samples of a spec's training.

    Attributes:
        train: Training set, augmented and mixed (`mixup`) randomly: `train.set_epoch(1)` draws anew. The draws aren't those of
            any epoch of a training, which `epoch` gives.
        validation: Validation set; None if the spec has no `validate`.
        test: Test set.
        run: The retraining; of a spec without one its search.
        seed: The run's seed.
    """

    train: "DataSet"
    validation: "DataSet | None"
    test: "DataSet"
    run: "Retrain | Search" = field(repr=False)
    seed: int = field(repr=False)

    def epoch(self, number: int) -> "Iterator[list[Sample]]":
        """The batches of an epoch of `retrain`, in the order in which it trains on them, as lists of samples.

        They are those of `compile --train` with this seed: drawn, augmented and mixed alike, also with `sampling = balanced`.

        Args:
            number: The epoch, counted from 0.

        Raises:
            ArgumentError: The spec has no `retrain`, or it has no such epoch.
            DataError: A sample can't be read.
        """
        from spikegraph.dsl.spec import Retrain  # noqa: PLC0415 (importing the package stays cheap)

        if not isinstance(self.run, Retrain):
            raise ArgumentError("the spec has no `retrain`, whose epochs these are", "add one")
        if not 0 <= number < self.run.epochs:
            raise ArgumentError(f"there is no epoch {number}: `retrain` has {self.run.epochs}, counted from 0")
        from spikegraph.backends.torch.train.phase_batches import epoch_samples  # noqa: PLC0415 (imports torch)

        return epoch_samples(self.run, self.train, self.seed, number)


def data(spec: "Program | str | Path", *, data: str | Path | None = None, seed: int = 0) -> SpecData:
    """The samples on which a spec is trained: read, augmented and encoded.

    `spikegraph.data(spec).train[0]` is a `spikegraph.data.sample.Sample`: `inputs` by name as arrays [C, H, W], or
    [T, C, H, W] with time steps, and `target`; of classes that are mixed, `mixed` has the other one. Training samples are
    augmented and mixed as for a training, with other random numbers than those of its epochs, which `.epoch(0)` gives.

    Args:
        spec: What `load` gave, or a path; or that of a run, `run.spec`.
        data: The folder of the data; by default the spec's, or of `run.spec` that of the run. Without data, the profile
            `sample` of a spec that isn't a run's is used, if it has one.
        seed: The run's seed, on which augmentation and validation set depend.

    Raises:
        SpecError: The spec is wrong.
        DataError: It trains on no data set, or the data are missing or damaged.
        ArgumentError: There is no such seed.
    """
    from spikegraph.base.arguments import whole_number  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.data.sets import data_sets  # noqa: PLC0415
    from spikegraph.program.run_settings import LARGEST_SEED  # noqa: PLC0415
    from spikegraph.program.sample_profile import data_folder, training, with_sample  # noqa: PLC0415

    seed, program = whole_number("seed", seed, LARGEST_SEED), spec_of(spec)
    with naming_plugins():
        folder = None if data is None else Path(data)
        program = with_sample(program, folder)[0].checked()
        run, dataset = training(program)
        sets = data_sets(dataset, data_folder(program, folder), seed)
        if run.validate is None:
            return SpecData(sets.train, None, sets.test, run, seed)
        train, validation = sets.held_out(run.validate, seed)
        return SpecData(train, validation, sets.test, run, seed)
