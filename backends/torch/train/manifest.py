"""The manifest of a run that begins."""

from __future__ import annotations

import hashlib
import platform
from datetime import UTC, datetime

import numpy as np
import torch

import spikegraph
from spikegraph.backends.torch.train.job import Job
from spikegraph.runs.manifest import Manifest


def sha256(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def manifest(job: Job, device: torch.device) -> Manifest:
    """The manifest of a job that begins now."""
    return Manifest(
        spec=job.spec_path,
        spec_sha256=sha256(job.spec_text),
        resolved_sha256=sha256(job.resolved),
        genotype_sha256=None if job.genotype is None else sha256(job.genotype),
        seed=job.seed,
        command=tuple(job.command),
        precision=job.precision,
        device=device_name(device),
        threads=torch.get_num_threads(),
        data=job.data.source,
        notes=tuple(job.data.notes),
        versions={
            "spikegraph": spikegraph.__version__,
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "numpy": np.__version__,
        },
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def device_name(device: torch.device) -> str:
    """The device with its model or the machine's architecture."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return f"{device} ({platform.machine()})"
