"""The fallback for a missing data set: the spec's profile `sample`, which uses data of the package."""

from pathlib import Path

from spikegraph.errors import DataError
from spikegraph.program import Program

SAMPLE = "sample"
"""Name of the profile."""

BUILT_IN = {
    "sample": "with the built-in recording of real images and simulated events",
    "fashion_mnist_small": "with the small Fashion-MNIST that comes with the package",
}
"""Descriptions of the sources that need no folder, for notices."""


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
    if data is not None or program.profile is not None or (valid and (dataset is None or dataset.source in BUILT_IN)):
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
    what = f", {BUILT_IN[used.source]}" if used is not None and used.source in BUILT_IN else ""
    return program, f"{name} is missing; using the profile `{SAMPLE}`{what} (give the folder with --data DIR)"
