"""What a run was started with."""

from collections.abc import Mapping
from typing import Literal

from pydantic.dataclasses import dataclass

from spikegraph.runs.json_file import STRICT

Precision = Literal["fp32", "bf16"]


@dataclass(frozen=True, config=STRICT)
class Manifest:
    """`manifest.json`.

    Attributes:
        spec: The spec's path, as the user named it.
        spec_sha256: SHA-256 of the spec's text.
        resolved_sha256: SHA-256 of the spec with every default.
        genotype_sha256: SHA-256 of the genotype that the user gave; None if there was none.
        seed: The run's random seed.
        command: The command line.
        precision: That of the convolutions.
        device: The device, as torch names it, with its model.
        threads: Threads that torch used.
        data: Where the data came from.
        notes: Notices about the data.
        versions: Versions of spikegraph and of what it runs on, by name.
        started: Date and time in UTC, ISO 8601.
    """

    spec: str
    spec_sha256: str
    resolved_sha256: str
    genotype_sha256: str | None
    seed: int
    command: tuple[str, ...]
    precision: Precision
    device: str
    threads: int
    data: str
    notes: tuple[str, ...]
    versions: Mapping[str, str]
    started: str
