"""The folder that a data set needs."""

from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.base.surface import argument
from spikegraph.dsl.spec import Dataset


def needed(dataset: Dataset, folder: Path | None) -> Path:
    """The folder of a data set.

    Raises:
        DataError: None is given.
    """
    if folder is None:
        raise DataError(
            f"`{dataset.source}` needs a data folder",
            help=f"give it with {argument('data', 'DIR')}, or write `folder` in the spec",
        )
    return folder
