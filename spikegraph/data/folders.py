"""The folder that a data set needs."""

from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.base.surface import argument
from spikegraph.dsl.spec import Dataset


def needed(dataset: Dataset, folder: Path | None, layout: str | None = None) -> Path:
    """The folder of a data set.

    Args:
        dataset: The declaration.
        folder: The folder that is given.
        layout: What must be in it, for messages, such as `in DSEC's layout`.

    Raises:
        DataError: None is given.
    """
    if folder is None:
        help = f"give it with {argument('data', 'DIR')}"
        if layout is not None:
            raise DataError(f"the data set `{dataset.name}` needs a folder {layout}", help=help)
        raise DataError(f"`{dataset.source}` needs a data folder", help=f"{help}, or write `folder` in the spec")
    return folder
