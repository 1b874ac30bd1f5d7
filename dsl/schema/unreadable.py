"""Declarations of data sets that no files and no samples can suit, as far as the declaration alone shows it."""

from collections.abc import Iterator

from spikegraph.dsl.schema.dataset import PYTHON_EVENTS, SOURCES, ArrayFiles, Dataset, EventDataset

HDF5 = (".h5", ".hdf5", ".hdf")
"""How the names of HDF5 files end."""

SENSOR_HELP = "write its height and width in the data set, such as `sensor = [260, 346]`"
FILES_HELP = 'name the one as `file = "NAME.npz"`, the others as `inputs = "NAME.npy"` without `file`'


def unreadable(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """What is wrong with a declaration, and the fix."""
    if isinstance(dataset, EventDataset):
        yield from _events(dataset)
    if isinstance(dataset, ArrayFiles):
        yield from _arrays(dataset)


def _events(dataset: EventDataset) -> Iterator[tuple[str, str]]:
    if dataset.source == PYTHON_EVENTS and dataset.sensor is None:
        yield "events that are given in Python don't tell the size of their sensor", SENSOR_HELP
    height, width = dataset.sensor or SOURCES[dataset.source].shape[1:]
    if dataset.size is None or height is None or width is None:
        return
    if dataset.size[0] > height or dataset.size[1] > width:
        to = f"{dataset.size[0]} x {dataset.size[1]}"
        summary = f"the sensor has {height} x {width} pixels, fewer than the {to} to which they are joined"
        yield summary, "write a smaller `size` in the data set"


def _arrays(dataset: ArrayFiles) -> Iterator[tuple[str, str]]:
    if (dataset.test_inputs is None) != (dataset.test_targets is None):
        yield "`test_inputs` and `test_targets` belong together", "give both, or none to have the test set drawn"
    named = (dataset.inputs, dataset.targets, dataset.test_inputs, dataset.test_targets)
    files = [name for name in named if name is not None] if dataset.file is None else [dataset.file]
    wanted = (".npy",) if dataset.file is None else (".npz", *HDF5)
    wrong = next((name for name in files if not name.lower().endswith(wanted)), None)
    if wrong is not None:
        yield f"arrays are read from .npz and HDF5 files, or from .npy files, not from `{wrong}`", FILES_HELP
