"""The export of a trained run to NIR."""

from pathlib import Path

from spikegraph.errors import UserError
from spikegraph.exports import Exported


def export_run(run: Path, out: Path) -> Exported:
    """Writes the trained network of a run as a graph of NIR.

    Raises:
        UserError: The network can't be exported.
    """
    raise UserError("no operation can be exported to NIR yet", path=run)
