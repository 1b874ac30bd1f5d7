"""The trainings of a campaign that its rows lack: one after the other, a row each."""

import platform
import random
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import torch
from campaigns import HERE, Arm, Campaign
from rows import append, read_rows

from spikegraph.backends.torch.main import train_program
from spikegraph.backends.torch.train import dgs
from spikegraph.base.processor import this_processor
from spikegraph.program.run_settings import Settings
from spikegraph.runs.record import read_run


def run_missing(campaign: Campaign, seeds: Iterable[int], path: Path) -> None:
    """Trains what the rows of a file lack, seed by seed with all arms, so that a part of a campaign is balanced.

    A training that was interrupted begins anew: its processor time is that of a whole training.
    """
    head = {"table": campaign.name, "torch": torch.__version__, "commit": _commit(), "python": platform.python_version()}
    for seed in seeds:
        for arm in campaign.arms:
            if not any((row["seed"], row["arm"]) == (seed, arm.name) for row in read_rows(path)):
                append(path, trained(campaign, arm, seed), head)


def trained(campaign: Campaign, arm: Arm, seed: int) -> dict[str, Any]:
    """A row: seed and arm, the metrics of the test set, b of each neuron at the end, processor time, versions."""
    with TemporaryDirectory() as name:
        begun = time.process_time()
        with random_choice(seed) if arm.random else nullcontext():
            settings = Settings(seed, command=tuple(sys.argv), threads=1)
            folder, summary = train_program(campaign.program(arm), settings, out=Path(name) / "run")
        seconds = time.process_time() - begun
        ends = read_run(folder).epochs("retrain")[-1].temperatures
    assert summary.evaluation is not None
    machine = {"torch": torch.__version__, "processor": this_processor().name}
    metrics = {name: round(value, 4) for name, value in summary.evaluation.metrics.items()}
    return {"seed": seed, "arm": arm.name, **metrics, "b": dict(ends), "cpu_seconds": round(seconds, 1), **machine}


@contextmanager
def random_choice(seed: int) -> Iterator[None]:
    """At the end of a round each neuron gets a random candidate, from a generator of its own; all else is as in DGS."""
    drawn = random.Random(f"candidates of {seed}")

    def choose(alphas: Sequence[float], candidates: Sequence[float], b: float) -> float:
        return drawn.choice(candidates)

    with patch.object(dgs, "chosen", choose):
        yield


def _commit() -> str:
    words = ["git", "rev-parse", "HEAD"]
    return subprocess.run(words, cwd=HERE, capture_output=True, text=True, check=True).stdout.strip()[:12]
