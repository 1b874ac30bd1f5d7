"""The records of data sets in arrays."""

from collections.abc import Iterator
from typing import ClassVar

from typing_extensions import override

from spikegraph.dsl.schema.dataset import Parted
from spikegraph.dsl.schema.names import FreeName, PathBelow
from spikegraph.dsl.schema.record import key, record
from spikegraph.dsl.schema.scalars import Optional
from spikegraph.dsl.schema.task_names import TaskNames

HDF5 = (".h5", ".hdf5", ".hdf")
"""How the names of HDF5 files end."""

FILES_HELP = 'name the one as `file = "NAME.npz"`, the others as `inputs = "NAME.npy"` without `file`'


@record
class ArrayFiles(Parted):
    """Which arrays have the samples."""

    tasks: ClassVar[TaskNames]
    """What the targets may be."""

    folder: str | None = key(
        Optional(PathBelow()), '"."', "the folder of the files, relative to the spec's; `--data DIR` takes its place"
    )
    file: str | None = key(Optional(PathBelow()), "none", "a .npz or HDF5 file with the arrays; `none` for .npy files")
    inputs: str = key(
        FreeName(),
        "images",
        "name of the array with the inputs; the default is also `inputs`, in a file without `images` and `labels`; without "
        "`file` that of a .npy file",
    )
    targets: str = key(
        FreeName(),
        "labels",
        "likewise of the truths, by default also `targets`: classes as whole numbers or texts, or a truth for each pixel",
    )
    test_inputs: str | None = key(Optional(FreeName()), "none", "likewise of the test inputs; without them they are drawn")
    test_targets: str | None = key(Optional(FreeName()), "none", "likewise of their truths")

    @property
    def own_task(self) -> bool:
        """Whether the source has a form for the targets; else a plug-in's task says what they are."""
        return self.task_name in self.tasks.own

    @override
    def unreadable(self) -> Iterator[tuple[str, str]]:
        if (self.test_inputs is None) != (self.test_targets is None):
            yield "`test_inputs` and `test_targets` belong together", "give both, or none to have the test set drawn"
        named = (self.inputs, self.targets, self.test_inputs, self.test_targets)
        files = [name for name in named if name is not None] if self.file is None else [self.file]
        wanted = (".npy",) if self.file is None else (".npz", *HDF5)
        wrong = next((name for name in files if not name.lower().endswith(wanted)), None)
        if wrong is not None:
            yield f"arrays are read from .npz and HDF5 files, or from .npy files, not from `{wrong}`", FILES_HELP
