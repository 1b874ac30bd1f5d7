"""The data that a trained network was trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from spikegraph.base.errors import DataError
from spikegraph.base.surface import argument

if TYPE_CHECKING:
    from spikegraph.program.program import Program


@dataclass(frozen=True)
class TrainingData:
    """The data that a network was trained on.

    Attributes:
        folder: Their folder; None for data of the package, and if it isn't known.
    """

    folder: Path | None


def trained_on(program: Program, folder: Path | None) -> Program:
    """The spec of a network that was trained on the data in a folder."""
    return replace(program, trained=TrainingData(folder), _profiles={})


def training_data(held: Path | None, given: Path | None) -> Path | None:
    """The folder of data: the given one, or that of the training.

    Raises:
        DataError: That isn't there any more.
    """
    if given is None and held is not None and not held.exists():
        help = f"give its new place with {argument('data', 'DIR')}"
        raise DataError(f"the data folder of the training, {held}, isn't there any more", help=help)
    return given or held
