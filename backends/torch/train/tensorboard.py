"""Writes TensorBoard logs."""

from pathlib import Path

from spikegraph.errors import TrainError
from spikegraph.runs.journal import CurveWriter


def tensorboard(folder: Path) -> CurveWriter:
    """A TensorBoard writer for a folder.

    Raises:
        TrainError: TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard.writer import SummaryWriter  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise TrainError("TensorBoard is not installed", "pip install 'spikegraph[tensorboard]'") from error
    return SummaryWriter(str(folder))
