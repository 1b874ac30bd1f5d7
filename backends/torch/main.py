"""Entry points of the backend: train a spec, and evaluate a run."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from spikegraph.backends.search.run import find, train
from spikegraph.backends.torch.evaluated import RunTest
from spikegraph.backends.torch.native.build import missing
from spikegraph.backends.torch.train.device import device_of, require_precision
from spikegraph.backends.torch.train.scaling import require_scalable
from spikegraph.backends.torch.train.step_graph import require_graphs
from spikegraph.backends.torch.triton import library as triton
from spikegraph.base.allocator import keep_buffers
from spikegraph.base.errors import UntrainableError
from spikegraph.base.processor import slow_bfloat16
from spikegraph.data.class_labels import ignoring
from spikegraph.data.given import Pairs
from spikegraph.data.sets import DataSets, data_sets
from spikegraph.data.trainable import parts_of, require_trainable
from spikegraph.plugins.uses import collecting
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.program.sample_profile import data_folder, with_sample
from spikegraph.program.weight_source import weight_source
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.new_folder import run_folder

if TYPE_CHECKING:
    from spikegraph.base.progress import Reporter
    from spikegraph.runs.summary import Evaluation, Summary


def train_program(
    program: Program,
    settings: Settings,
    *,
    data: Path | None = None,
    out: Path | None = None,
    download: bool = False,
    sample: bool = True,
    given: tuple[Pairs, Pairs] | None = None,
) -> tuple[Path, Summary]:
    """Runs a spec: searches and decodes if it has a search but no genotype, retrains and evaluates.

    Args:
        program: The spec.
        settings: The settings that the spec doesn't contain.
        data: The data folder.
        out: The run folder; by default `runs/SPEC-TIME`.
        download: Download missing images into `data`.
        sample: Without data, use the spec's profile `sample`, with a notice.
        given: Training and test set of a data set given in Python.

    Returns:
        The run's folder and its summary.

    Raises:
        SpecError: The spec has errors.
        DataError: The data set is missing or damaged.
        TrainError: The spec has no `retrain`, the folder contains another run, or the training diverged.
        Interrupted: An interrupt was requested; the run is saved and can be resumed.
    """
    with collecting(), _ready(program, settings, data, out, download=download, sample=sample, given=given) as run:
        return run.folder.path, train(run.program, run.data, run.folder, run.settings, run.search_data)


def search_program(
    program: Program, settings: Settings, *, data: Path | None = None, out: Path | None = None, sample: bool = True
) -> str:
    """Runs the search of a spec, and nothing behind it; arguments and errors as in `train_program`.

    Returns:
        The text of the genotype file.
    """
    if program.spec.search is None and not program.resolved.diagnostics.has_errors:
        raise UntrainableError(f"{program.name} has no `search NETWORK on DATASET`", "add one to the spec")
    with collecting(), _ready(program, settings, data, out, sample=sample) as run:
        return find(run.program, run.data, run.folder, run.settings, run.search_data)


@dataclass(frozen=True)
class _Ready:
    """What `train` and `find` take."""

    program: Program
    data: DataSets
    folder: RunFolder
    settings: Settings
    search_data: DataSets | None


@contextmanager
def _ready(
    program: Program,
    settings: Settings,
    data: Path | None,
    out: Path | None,
    *,
    download: bool = False,
    sample: bool,
    given: tuple[Pairs, Pairs] | None = None,
) -> Generator[_Ready]:
    """Reads the data of a spec, and makes the folder of its run."""
    keep_buffers()
    device = device_of(settings.device)  # a wrong one is refused before the data are read
    require_graphs(settings, device)
    require_precision(settings.precision, device)
    program, notice = with_sample(program, data) if sample else (program, None)
    spec = program.spec
    if spec.retrain is None:
        raise UntrainableError(f"{program.name} has no `retrain NETWORK on DATASET`", "add one to the spec")
    program.checked()
    require_scalable(settings, spec.retrain)
    processes = settings.processes
    if out is not None and processes.main:
        RunFolder(out).check_startable(resume=settings.resume or processes.begun is not None)
    if notice is not None:
        settings.reporter.notice(notice)
    data = data_folder(program, data)
    weights = None if settings.start is not None else weight_source(program, settings.weights)
    if (kernels := kernels_line(device, settings.precision)) is not None:
        settings.reporter.notice(kernels)
    if settings.precision == "bf16" and (slow := slow_bfloat16(settings.device)) is not None:
        settings.reporter.notice(slow)
    searched = None
    with processes.main_first():  # it downloads
        sets = data_sets(spec.datasets[spec.retrain.dataset], data, settings.seed, download=download, given=given)
        sets = ignoring(sets, spec.retrain)
        if spec.search is not None and not spec.genotypes and spec.search.dataset != spec.retrain.dataset:
            searched = data_sets(spec.datasets[spec.search.dataset], data, settings.seed, download=download, given=given)
            searched = ignoring(searched, spec.search)
    require_trainable(parts_of(sets, spec.retrain, settings.seed))
    if spec.search is not None and not spec.genotypes:
        own = ignoring(searched or sets, spec.search)
        if own is not sets or spec.search.validate != spec.retrain.validate:
            require_trainable(parts_of(own, spec.search, settings.seed))
    if processes.begun is not None:  # an earlier attempt of the same call, which was killed
        settings, out = replace(settings, resume=True), processes.begun
    with run_folder(out, program.name, settings.reporter.notice) if processes.main else nullcontext() as made:
        folder = processes.broadcast(made)
        assert folder is not None
        processes.remember(folder.path, begun=settings.resume or not folder.manifest.exists())
        yield _Ready(program, sets, folder, replace(settings, data=data, weights=weights), searched)


def kernels_line(device: torch.device, precision: str) -> str | None:
    """What a person reads of the kernels that neurons run as on a device; None where Triton, which is missing, says so."""
    if device.type == "cuda":
        return "kernels: neurons run as kernels of Triton" if triton.usable(torch.empty(0, device=device)) else None
    if device.type != "cpu":
        why = f"there are no kernels for the device `{device}`"
    elif precision == "fp16":
        why = "compiled kernels take no float16"
    else:
        why = missing()
    if why is None:
        return "kernels: neurons run as compiled C++"
    return f"note: {why}; neurons run as operations of torch, which is slower"


def evaluate_run(
    run: Path,
    *,
    data: Path | None = None,
    stream: bool = False,
    folded: bool = True,
    device: str = "cpu",
    examples: bool = False,
    reporter: Reporter | None = None,
) -> Evaluation:
    """Evaluates a run's trained network on the test set, by default with folded norms, as in deployment.

    Args:
        run: The run folder.
        data: The data folder; by default the run's.
        stream: Feed the recordings one stack at a time.
        folded: Evaluate the deployed form instead of the retrained one.
        device: The device, as torch names it.
        examples: Write example predictions to the run folder, as training does.
        reporter: Shows the progress; by default nothing does.

    Raises:
        SpecError, DataError, TrainError: The run folder, the data or the network can't be used.
    """
    test = RunTest.read(run, data=data, device=device, reporter=reporter)
    model = test.model("deploy" if folded else "retrain")
    found = test.evaluate(model, stream=stream)
    if examples:
        test.write_examples(model)
    return found
