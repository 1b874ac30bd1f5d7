"""The folder of a spec's data, and the fallback for missing ones: the profile `sample`, which uses data of the package."""

from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.base.surface import argument
from spikegraph.base.visible import visible_name
from spikegraph.dsl.schema.dataset import GIVEN, SOURCES
from spikegraph.dsl.spec import Dataset, Retrain, Search
from spikegraph.program.program import Program
from spikegraph.program.training_data import training_data

SAMPLE = "sample"
"""Name of the profile."""


def data_folder(program: Program, given: Path | None) -> Path | None:
    """The folder of a program's data: the given one, that of its network's training, or that which its data set names.

    Returns:
        The folder, whether or not it is there; None if there is none.

    Raises:
        DataError: Search and retraining have data sets with different folders.
    """
    held = None if program.trained is None else program.trained.folder
    if given is None and held is not None and _has_training_data(program):
        return held
    named = named_folders(program)
    if given is None and len(named) > 1:
        raise DataError(
            "search and retraining have data sets in different folders",
            help=f"put both in one, or give {argument('data', 'DIR')}",
        )
    return given if given is not None else next(iter(named), None)


def named_folders(program: Program) -> set[Path]:
    """The folders that the data sets of retraining and search name; none of data that come with the package."""
    used = [d for d in _used(program) if SOURCES[d.source].built_in is None]
    return {Path(d.span.file).parent / d.folder for d in used if d.folder is not None}


def _used(program: Program) -> list[Dataset]:
    """The data sets of retraining and search."""
    spec = program.spec
    runs = [run for run in (spec.retrain, spec.search) if run is not None and run.dataset in spec.datasets]
    return [spec.datasets[run.dataset] for run in runs]


def _has_training_data(program: Program) -> bool:
    """Whether the data sets of a trained network are those of its training: no profile or override gives others."""
    if program.profile is None and not program.overrides:
        return True
    now, then = ([(d.source, d.folder) for d in _used(each)] for each in (program, program.using(None).with_overrides(())))
    return now == then


def training(program: Program) -> tuple[Retrain | Search, Dataset]:
    """The retraining of a spec, or else its search, and the data set that it trains on.

    Raises:
        DataError: The spec has neither.
    """
    run = program.spec.retrain or program.spec.search
    if run is None:
        raise DataError(f"{program.name} trains on no data set", help="add a `dataset` and `retrain NETWORK on DATASET`")
    return run, program.spec.datasets[run.dataset]


def with_sample(program: Program, data: Path | None) -> tuple[Program, str | None]:
    """A program whose data are available, and a notice if it uses the sample instead of the spec's data set.

    Args:
        program: The program.
        data: Folder of the data set. Without it, and if the spec names none that is there, the profile `sample` is used, unless
            the program has another profile, its data come with the package, or its network was trained on others.

    Raises:
        DataError: The data set is not available, and the spec has no profile `sample`, or its network was trained on others;
            or the folder of the training isn't there any more.
    """
    spec, valid = program.spec, not program.resolved.diagnostics.has_errors
    dataset = spec.datasets.get(spec.retrain.dataset) if spec.retrain is not None else None
    own = data_folder(program, data) if valid else None
    if program.trained is not None and own is not None and own == program.trained.folder:
        training_data(own, data)
    if (
        data is not None
        or (own is not None and own.is_dir())
        or program.profile is not None
        or (valid and (dataset is None or SOURCES[dataset.source].built_in is not None))
    ):
        return program, None
    if SAMPLE not in spec.profiles or program.trained is not None:
        if not valid or dataset is None or dataset.source in GIVEN:  # its reader says how samples are given
            return program, None
        why = f"; the spec has no profile `{SAMPLE}` for the built-in sample" if program.trained is None else ""
        help = f"give its folder with {argument('data', 'DIR')}{why}"
        where = f": there is no folder {visible_name(own)}" if own is not None else ""
        raise DataError(f"the data set `{dataset.name}` is missing{where}", help=help)
    name = f"the data set `{dataset.name}`" if dataset is not None else "the data set"
    name = f"{name}, the folder {visible_name(own)}," if own is not None else name
    program = program.using(SAMPLE)
    retrain = program.spec.retrain
    used = program.spec.datasets.get(retrain.dataset) if retrain is not None else None
    built_in = SOURCES[used.source].built_in if used is not None else None
    what = f", {built_in}" if built_in is not None else ""
    return program, f"{name} is missing; using the profile `{SAMPLE}`{what} (give the folder with {argument('data', 'DIR')})"
