"""Makes the manifest of a run: what it was started with."""

from __future__ import annotations

import hashlib
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

import spikegraph
from spikegraph.registry import used
from spikegraph.runs.manifest import Manifest

if TYPE_CHECKING:
    from spikegraph.backends.torch.train.run_data import DataSets
    from spikegraph.backends.torch.train.settings import Settings
    from spikegraph.program import Program


def sha256(text: str) -> str:
    """The SHA-256 hash of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def manifest(program: Program, data: DataSets, settings: Settings, device: torch.device) -> Manifest:
    """The manifest of a run that starts now."""
    return Manifest(
        spec=program.name,
        spec_sha256=sha256(program.source.text),
        resolved_sha256=sha256(program.text),
        genotype_sha256=None if program.genotype_text is None else sha256(program.genotype_text),
        seed=settings.seed,
        command=settings.command,
        precision=settings.precision,
        device=device_name(device),
        threads=torch.get_num_threads(),
        data=data.source,
        notes=tuple(data.notes),
        versions={
            "spikegraph": spikegraph.__version__,
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "numpy": np.__version__,
        },
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        plugins=used(),
        profile=program.profile,
        overrides=program.overrides,
        data_folder=None if settings.data is None else str(settings.data),
        directory=str(Path.cwd()),
        checkpoint_every=settings.save_every,
    )


def device_name(device: torch.device) -> str:
    """The device with the GPU's name, or with the machine type for a CPU."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return f"{device} ({platform.machine()})"
