"""The manifest: how a run was started."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from spikegraph.runs.json_file import HIGHEST, STRICT, Count, Ordinal

Precision = Literal["fp32", "tf32", "bf16", "fp16"]

Seed = Annotated[int, Field(ge=-HIGHEST, le=HIGHEST)]
"""What torch accepts as a seed."""


@dataclass(frozen=True, config=STRICT)
class Difference:
    """A way in which a run is continued otherwise than it was started.

    Attributes:
        what: What differs.
        run: Its value in the run.
        now: Its value now.
    """

    what: str
    run: str
    now: str


@dataclass(frozen=True, config=STRICT)
class Forced:
    """A resumption with `--force`.

    Attributes:
        time: When, in UTC, ISO 8601.
        differences: What differed; the manifest has the new values since then.
    """

    time: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, config=STRICT)
class Plugin:
    """A plug-in as it was used.

    Attributes:
        version: Version of a package; empty for a file.
        sha256: SHA-256 of a file, or of a package's list of files with their hashes; empty if the package has no list.
    """

    version: str
    sha256: str


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
        plugins: The plug-ins that the run uses, and those that replace what is built-in: the paths of files and the names of
            packages.
        profile: The profile that was applied, if one was.
        overrides: The values of `--set`.
        data_folder: The data folder, as given by the user; None for data of the package.
        directory: The working directory, where relative paths start.
        data_sha256: The hash of the data, as `spikegraph.data.content_hash` defines it.
        deterministic: The numbers don't depend on the number of threads.
        native: Compiled kernels were used.
        compiler: The compiler of these kernels and its flags; empty without them.
        instructions: The processor's instructions that torch uses, such as `AVX512`; empty on other devices than the CPU.
        processor: The model of the CPU.
        source: The revision of the project in a clone and whether files were modified, or the package's version.
        code_sha256: SHA-256 of the package's code.
        packages: Versions of all installed packages, by name.
        plugin_files: Versions and hashes of `plugins`, by the name of the file or package.
        forced: The resumptions with `--force`, the first one first.

    From `data_sha256` on, fields are empty in runs of versions that didn't record them.
        checkpoint_every: Seconds between two checkpoints within an epoch; None in runs of older versions.
        processes: Number of processes that train together.
        cuda_graph: Passes of steps were captured as CUDA graphs.
        classes: Names of the classes; empty if there are none.
        stepwise: Whether single time steps have targets; None in runs of versions that didn't record it.
        sync_norm: Norms take their statistics from the samples of all processes.
        weights_from: The run, folder or file whose weights the retraining starts from, as given by the user; None without one.
        weights_sha256: SHA-256 of that file of weights.
        loggers: The names of the loggers.
        controls: How many controls were asked for last, 0 for as many as the search's cost buys; None without `--control`, and
            in runs of versions that didn't record it.
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
    data_sha256: str = ""
    deterministic: bool = False
    native: bool | None = None
    compiler: str = ""
    instructions: str = ""
    processor: str = ""
    source: str = ""
    code_sha256: str = ""
    packages: Mapping[str, str] = field(default_factory=dict[str, str])
    plugin_files: Mapping[str, Plugin] = field(default_factory=dict[str, Plugin])
    forced: tuple[Forced, ...] = ()
    checkpoint_every: float | None = None
    processes: Ordinal = 1
    sync_norm: bool = False
    cuda_graph: bool = False
    classes: tuple[str, ...] = ()
    stepwise: bool | None = None
    weights_from: str | None = None
    weights_sha256: str | None = None
    loggers: tuple[str, ...] = ()
    controls: Count | None = None

    @property
    def plugin_paths(self) -> list[str]:
        """The paths of those plug-ins that are files."""
        return [str(Path(self.directory, plugin)) for plugin in self.plugins if plugin.endswith(".py")]
