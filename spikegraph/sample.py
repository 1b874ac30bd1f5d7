"""What a spec is trained on where its data set isn't at hand: the profile `sample`, on data that come with the package."""

from pathlib import Path

from spikegraph.errors import DataError
from spikegraph.program import Program

SAMPLE = "sample"
"""The name of the profile."""

BUILT_IN = {
    "sample": "with the built-in recording of real images and simulated events",
    "fashion_mnist_small": "with the small Fashion-MNIST that comes with the package",
}
"""The sources that need no folder, in words."""


def at_hand(program: Program, data: Path | None) -> tuple[Program, str | None]:
    """A program whose data can be had, and a notice where that is another one than was given.

    Args:
        program: As it was read.
        data: The folder of the data set. Without it, unless a profile is chosen or the data come with the package, the
            profile `sample` is used.

    Raises:
        DataError: The data set isn't at hand, and the spec has no profile `sample`.
    """
    spec, sound = program.spec, not program.resolved.diagnostics.has_errors
    dataset = spec.datasets.get(spec.retrain.dataset) if spec.retrain is not None else None
    if data is not None or program.profile is not None or (sound and (dataset is None or dataset.source in BUILT_IN)):
        return program, None
    if SAMPLE not in spec.profiles:
        if not sound or dataset is None:
            return program, None
        help = f"name its folder with --data DIR; the spec has no profile `{SAMPLE}` for the built-in sample"
        raise DataError(f"the data set `{dataset.name}` isn't at hand", help=help)
    name = f"the data set `{dataset.name}`" if dataset is not None else "the data set"
    program = program.using(SAMPLE)
    retrain = program.spec.retrain
    taken = program.spec.datasets.get(retrain.dataset) if retrain is not None else None
    what = f", {BUILT_IN[taken.source]}" if taken is not None and taken.source in BUILT_IN else ""
    return program, f"{name} isn't at hand (--data DIR names its folder): the profile `{SAMPLE}` is used{what}"
