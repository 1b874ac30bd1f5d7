"""The manifest: how a run was started."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from spikegraph.runs.json_file import HIGHEST, STRICT, Count

Precision = Literal["fp32", "bf16"]

Seed = Annotated[int, Field(ge=-HIGHEST, le=HIGHEST)]
"""What torch accepts as a seed."""


@dataclass(frozen=True, config=STRICT)
class Manifest:
    """`manifest.json`.

    Attributes:
        spec: The spec's path, as given by the user.
        spec_sha256: SHA-256 of the spec's text.
        resolved_sha256: SHA-256 of the spec with every default.
        genotype_sha256: SHA-256 of the genotype that the user gave; None without one.
        seed: The run's random seed.
        command: The command line.
        precision: Precision of the convolutions.
        device: torch's name of the device, with its model.
        threads: Number of torch threads.
        data: Source of the data.
        notes: Notices about the data.
        versions: Versions of spikegraph and of the software below it, by name.
        started: Start time in UTC, ISO 8601.
        plugins: The plug-ins that the spec uses: the paths of files and the names of packages.
        profile: The profile that was applied, if one was.
        overrides: The values of `--set`.
        data_folder: The data folder, as given by the user; None for data of the package.
        directory: The working directory, where relative paths start.
    """

    spec: str
    spec_sha256: str
    resolved_sha256: str
    genotype_sha256: str | None
    seed: Seed
    command: tuple[str, ...]
    precision: Precision
    device: str
    threads: Count
    data: str
    notes: tuple[str, ...]
    versions: Mapping[str, str]
    started: str
    plugins: tuple[str, ...] = ()
    profile: str | None = None
    overrides: tuple[str, ...] = ()
    data_folder: str | None = None
    directory: str = ""
