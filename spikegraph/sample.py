"""The fallback for a missing data set: the spec's profile `sample`, which uses data of the package."""

from pathlib import Path

from spikegraph.dsl.schema.dataset import SOURCES
from spikegraph.errors import DataError
from spikegraph.program import Program

SAMPLE = "sample"
"""Name of the profile."""


def with_sample(program: Program, data: Path | None) -> tuple[Program, str | None]:
    """A program whose data are available, and a notice if it uses the sample instead of the spec's data set.

    Args:
        program: The program.
        data: Folder of the data set. Without it, the profile `sample` is used, unless the program has another profile or
            its data come with the package.

    Raises:
        DataError: The data set is not available, and the spec has no profile `sample`.
    """
    spec, valid = program.spec, not program.resolved.diagnostics.has_errors
    dataset = spec.datasets.get(spec.retrain.dataset) if spec.retrain is not None else None
    if (
        data is not None
        or program.profile is not None
        or (valid and (dataset is None or SOURCES[dataset.source].built_in is not None))
    ):
        return program, None
    if SAMPLE not in spec.profiles:
        if not valid or dataset is None:
            return program, None
        help = f"give its folder with --data DIR; the spec has no profile `{SAMPLE}` for the built-in sample"
        raise DataError(f"the data set `{dataset.name}` is missing", help=help)
    name = f"the data set `{dataset.name}`" if dataset is not None else "the data set"
    program = program.using(SAMPLE)
    retrain = program.spec.retrain
    used = program.spec.datasets.get(retrain.dataset) if retrain is not None else None
    built_in = SOURCES[used.source].built_in if used is not None else None
    what = f", {built_in}" if built_in is not None else ""
    return program, f"{name} is missing; using the profile `{SAMPLE}`{what} (give the folder with --data DIR)"
