"""A trained network as it is kept: in a run, in the folder of a model, or in a deployed file."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict

from spikegraph.base.errors import ArgumentError, DataError, UntrainableError
from spikegraph.base.reading import open_plain
from spikegraph.base.visible import visible_name
from spikegraph.dsl.spec import Dataset, Retrain
from spikegraph.plugins.local_files import check_loaded, loaded_as
from spikegraph.program.program import Program
from spikegraph.program.resolved_text import read_resolved, resolved_text
from spikegraph.program.run_program import run_program
from spikegraph.program.training_data import trained_on, training_data
from spikegraph.runs.manifest import Precision
from spikegraph.runs.model_folder import SPEC as SPEC_ENDING
from spikegraph.runs.model_folder import ModelFolder, ModelRecord, model_folder
from spikegraph.runs.own_files import RESTORE
from spikegraph.runs.record import RunRecord, read_run
from spikegraph.runs.sealed_file import metadata

DEPLOYED, LONGEST = "spikegraph-deployed", 2**27
"""The format of deployed files, and most bytes of what stands in one before the weights."""

SPEC, SEED, PRECISION, CLASSES, STEPWISE = "spec", "seed", "precision", "classes", "stepwise"
"""Keys of the metadata of a deployed file; those of older versions have no spec, seed or classes."""

AGAIN = "export the run again"

FROM_RUN = "give the run that it was exported from"


_FOR_NOW: ContextVar[Path | None] = ContextVar("folder of a model that is removed", default=None)


@contextmanager
def for_now(folder: Path) -> Generator[None]:
    """In the block, messages name the spec of a model's folder without the folder, which is removed behind it."""
    token = _FOR_NOW.set(folder)
    try:
        yield
    finally:
        _FOR_NOW.reset(token)


class Given(TypedDict):
    """What changes a spec, as the functions of `Program` take it."""

    genotype: Path | None
    profile: str | None
    overrides: Sequence[str]


@dataclass(frozen=True)
class Kept:
    """A trained network as it is kept.

    Attributes:
        path: The folder or file, as given by the user.
        weights: The file of its weights.
        precision: Precision of the convolutions.
        seed: The seed of the training, on which a random choice of test samples depends.
        classes: Names of the classes; empty if there are none.
        data_folder: The folder of the data that it was trained on; None for data of the package, and if it isn't known.
        run: The run, if it is one.
        text: The spec of a deployed file; None of others.
        file: The spec of a model's folder; None of others.
        plugins: The plug-ins that the spec of a folder or file uses.
        stepwise: Whether single time steps had targets in the training; None if it isn't known.
    """

    path: Path
    weights: Path
    precision: Precision = "fp32"
    seed: int = 0
    classes: tuple[str, ...] = ()
    data_folder: Path | None = None
    run: RunRecord | None = field(default=None, repr=False)
    text: str | None = field(default=None, repr=False)
    file: Path | None = None
    plugins: tuple[str, ...] = ()
    stepwise: bool | None = None

    @property
    def loaded_plugins(self) -> list[str]:
        """The names that its plug-ins have in this process, of those that are there."""
        if self.run is None:
            return loaded_as(self.plugins)
        return loaded_as(self.run.manifest.plugins, self.run.manifest.directory)

    @property
    def folded(self) -> bool:
        """Whether it has the weights of the deployed form alone, whose norms are folded."""
        return self.run is None and self.file is None

    @property
    def unfinished(self) -> str | None:
        """That its training isn't over, and the command that continues it; None if it is."""
        if self.run is None or self.run.complete:
            return None
        return f"the run isn't complete; continue with `{self.run.resume_command}`"

    @cached_property
    def program(self) -> Program:
        """Its spec with its genotype, as `with_changes`."""
        return self.with_changes()

    def with_changes(
        self, *, genotype: Path | None = None, profile: str | None = None, overrides: Sequence[str] = ()
    ) -> Program:
        """Its spec with other genotypes, profile and values.

        Raises:
            PluginError: The spec needs a plug-in that isn't loaded.
            RunFolderError: The run has no spec any more.
            DataError: The deployed file is of an older version, which wrote no spec.
        """
        if self.run is not None:
            return run_program(self.run, genotype=genotype, profile=profile, overrides=overrides)
        check_loaded(self.plugins)
        if self.file is not None:
            given: Given = {"genotype": genotype, "profile": profile, "overrides": overrides}
            for_now = self.path == _FOR_NOW.get()
            text = self.file.read_text(encoding="utf-8") if for_now else ""  # it imports nothing
            read = resolved_text(text, self.file.name, **given) if for_now else read_resolved(self.file, **given)
            return trained_on(read, self.data_folder)
        if self.text is None:
            raise DataError("it has no spec, since an older version wrote it", self.path, AGAIN)
        name = self.path.with_suffix(".sdhs").name
        read = resolved_text(self.text, name, genotype=genotype, profile=profile, overrides=overrides)
        return trained_on(read, self.data_folder)

    def data(self, given: Path | None) -> Path | None:
        """The folder of data: the given one, or that of the training.

        Raises:
            DataError: That isn't there any more.
        """
        return training_data(self.data_folder, given)

    def require_separate(self) -> None:
        """Checks that it has the weights as they were trained.

        Raises:
            ArgumentError: It has those of the deployed form alone.
        """
        if self.folded:
            summary = f"{visible_name(self.path)} has a deployed network, whose norms are folded into other weights"
            raise ArgumentError(f"{summary}: it can be run, but not trained or compared with its training", FROM_RUN)

    def retraining(self) -> tuple[Retrain, Dataset]:
        """What trained its weights: the `retrain` of its spec, and the data set that it names.

        Raises:
            UntrainableError: The spec has no `retrain`.
        """
        declared = self.program.spec.retrain
        if declared is None and self.run is not None:
            raise UntrainableError(f"{self.run.folder.resolved} has no `retrain`", RESTORE)
        if declared is None:
            help = "give a data set in Python, or add a `dataset` and a `retrain NETWORK on DATASET` to the spec"
            raise without_samples(self.program, help)
        return declared, self.program.spec.datasets[declared.dataset]


def without_samples(program: Program, help: str) -> UntrainableError:
    """The error of a spec that has no `retrain`, with what to do instead."""
    return UntrainableError(f"{Path(program.name).name} has no `retrain`, so nothing says what its samples are", help)


def kept(path: Path) -> Kept:
    """The trained network in a run, in the folder of a model, or in a deployed file.

    Raises:
        NotARunError: The folder has neither.
        RunFolderError: A file of the run can't be read.
        DataError: A file of the model isn't the one that was saved, or the file is no deployed network.
    """
    if path.suffix == SPEC_ENDING and path.is_file():
        raise DataError("it is a spec, which has no weights", path, "train it, and give the run")
    if not path.is_dir():
        return _deployed(path)
    found = model_folder(path)
    if found is not None:
        return _of_folder(found)
    run = read_run(path)
    manifest = run.manifest
    of = manifest.precision, manifest.seed, manifest.classes, run.data_folder
    return Kept(path, run.folder.trained, *of, run, stepwise=manifest.stepwise)


def stepwise_in(head: Mapping[str, str]) -> bool | None:
    """Whether single time steps had targets, by the metadata of a deployed file; None if it doesn't tell.

    Raises:
        ValueError: The metadata are damaged.
    """
    return None if (held := head.get(STEPWISE)) is None else bool(json.loads(held))


def _of_folder(found: ModelFolder) -> Kept:
    of: ModelRecord = found.record
    data = None if of.data_folder is None else Path(of.data_folder)
    about = of.precision, of.seed, of.classes, data
    return Kept(found.path, found.weights, *about, file=found.spec, plugins=of.plugins, stepwise=of.stepwise)


def _deployed(path: Path) -> Kept:
    try:
        with open_plain(path) as file:  # not the weights, which are read with their model
            start = file.read(8)
            head = metadata(start + file.read(min(int.from_bytes(start, "little"), LONGEST)))
    except OSError as error:
        raise DataError(f"it can't be read: {error.strerror}", path) from error
    except ValueError as error:
        raise DataError("it isn't a file of safetensors", path, "`spikegraph export RUN --to safetensors` makes one") from error
    if head.get("format") != DEPLOYED:
        raise DataError("it has no deployed network", path, "give a run, or a file of `spikegraph export RUN --to safetensors`")
    try:
        classes: Any = json.loads(head.get(CLASSES, "[]"))
        held = head.get(PRECISION)
        precision: Precision = "bf16" if held == "bf16" else "fp16" if held == "fp16" else "fp32"
        about = precision, int(head.get(SEED, "0")), tuple(map(str, classes))
        return Kept(path, path, *about, text=head.get(SPEC), stepwise=stepwise_in(head))
    except (ValueError, TypeError) as error:
        raise DataError(f"it is damaged: {error}", path, AGAIN) from error
