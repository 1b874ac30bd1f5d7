"""What a run leaves behind while it runs: its folder, journal, checkpoints, summary and progress; and where it stops."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from spikegraph.backends.torch.train.device import device_of
from spikegraph.backends.torch.train.interrupt import Interrupt
from spikegraph.backends.torch.train.manifest import manifest
from spikegraph.backends.torch.train.seeding import reproducible
from spikegraph.backends.torch.train.tensorboard import tensorboard
from spikegraph.errors import Interrupted
from spikegraph.runs.journal import Journal
from spikegraph.runs.summary import Summary

if TYPE_CHECKING:
    from spikegraph.backends.torch.train.datasets import DataSets
    from spikegraph.backends.torch.train.settings import Settings
    from spikegraph.program import Program
    from spikegraph.runs.folder import RunFolder


@dataclass
class RunLog:
    """The log of a run.

    Attributes:
        folder: The run's.
        settings: What the spec doesn't say.
        device: Where the models are.
        journal: Open.
        interrupt: Whether the run is asked to end.
        summary: What has come out so far.
    """

    folder: RunFolder
    settings: Settings
    device: torch.device
    journal: Journal
    interrupt: Interrupt
    summary: Summary

    def add(self, **found: Any) -> Summary:
        """Adds to the summary and writes it."""
        self.summary = replace(self.summary, **found)
        self.folder.write_summary(self.summary)
        return self.summary

    def notice(self, text: str) -> None:
        """A line for the user."""
        self.settings.reporter.say(text)

    def evaluated(self, done: int, total: int) -> None:
        """Reports how many samples an evaluation has measured, and stops it when asked.

        Raises:
            Interrupted: The run is asked to end.
        """
        del total
        self.settings.reporter.advance(done)
        if self.interrupt.requested:
            raise Interrupted(str(self.folder.checkpoint("retrain")))


@contextmanager
def open_log(program: Program, data: DataSets, folder: RunFolder, settings: Settings) -> Generator[RunLog]:
    """Takes the folder for a run, or resumes the run in it.

    Raises:
        RunFolderError: Another run is there, or the folder can't be written.
    """
    device = device_of(settings.device)
    resumed = folder.begin(manifest(program, data, settings, device), program.text, resume=settings.resume)
    summary = folder.read_summary() if resumed else Summary()
    board = tensorboard(folder.tensorboard) if settings.tensorboard else None
    with Interrupt() as interrupt, Journal(folder.metrics, board) as journal, reproducible(device):
        log = RunLog(folder, settings, device, journal, interrupt, summary)
        try:
            yield log
        finally:
            settings.reporter.stop()
