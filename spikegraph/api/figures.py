"""The figures of the paper from runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spikegraph.plugins.notes import naming_plugins

if TYPE_CHECKING:
    from spikegraph.backends.report.paper.figure import Figure
    from spikegraph.backends.report.record import Record
    from spikegraph.runs.activity import Activity


def figure(name: str, runs: Sequence[Path], *, data: Path | None = None, device: str = "cpu") -> Figure:
    """Draws a figure of the paper (Che et al., NeurIPS 2022) with what runs have.

    Args:
        name: `1`, `2`, `3`, `4a` to `4d`, `5`, `6`, `7` or `8`.
        runs: The folders of the runs, at least one.
        data: For 4c and 4d: the data folder, by default that of each run.
        device: For 4c and 4d: where the network runs, as torch names it.

    Raises:
        ArgumentError: There is no such figure.
        NotThereError: A run lacks what the figure needs; the error says what to do.
        NotARunError, RunFolderError: A folder has no run, or a file in it is damaged.
        RenderError: Graphviz isn't installed.
    """
    from spikegraph.backends.report.of_runs import labels  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.backends.report.paper.catalogue import figure as draw  # noqa: PLC0415
    from spikegraph.backends.report.record import Record  # noqa: PLC0415

    def measure(run: Record) -> Activity:
        from spikegraph.backends.torch.activity import activity  # noqa: PLC0415 (needs torch)

        return activity(run.path, data=data, device=device)

    with naming_plugins():
        records = [Record.read(path, label) for path, label in zip(runs, labels(runs), strict=True)]
        return draw(name, records, measure)
