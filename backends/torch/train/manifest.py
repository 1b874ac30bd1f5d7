"""Makes the manifest of a run: what it was started with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from spikegraph.backends.torch.native.build import compiled_with
from spikegraph.backends.torch.train.used_plugins import used_plugins
from spikegraph.base.processor import this_processor
from spikegraph.runs.manifest import Manifest
from spikegraph.runs.provenance import with_plugins, with_provenance

if TYPE_CHECKING:
    from spikegraph.backends.torch.train.source import Source
    from spikegraph.data.sets import DataSets
    from spikegraph.program.program import Program
    from spikegraph.program.run_settings import Settings


def sha256(text: str) -> str:
    """The SHA-256 hash of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def manifest(
    program: Program,
    data: DataSets,
    searched: DataSets,
    settings: Settings,
    device: torch.device,
    weights: Source | None = None,
    loggers: tuple[str, ...] = (),
    plugins: Iterable[str] = (),
) -> Manifest:
    """The manifest of a run that starts now.

    Args:
        program: The spec.
        data: Training and test set.
        searched: The data of its search.
        settings: The settings that the spec doesn't contain.
        device: The device of the models.
        weights: What it starts from.
        loggers: The names of the loggers.
        plugins: The plug-ins that it is known to use, beside those of its network.
    """
    cpu = device.type == "cpu"
    compiler = compiled_with() if cpu else ""
    started = Manifest(
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
        versions={"torch": str(torch.__version__)} | ({} if cpu else {"cudnn": str(torch.backends.cudnn.version())}),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        profile=program.profile,
        overrides=program.overrides,
        data_folder=None if settings.data is None else str(settings.data),
        directory=str(Path.cwd()),
        data_sha256=data.sha256 if searched is data else sha256(f"{searched.sha256} {data.sha256}"),
        deterministic=settings.deterministic,
        native=bool(compiler),
        processes=settings.processes.count,
        sync_norm=settings.sync_norm,
        cuda_graph=settings.cuda_graph,
        classes=data.about.classes,
        stepwise=data.sample_type.stepwise,
        compiler=compiler,
        instructions=torch.backends.cpu.get_cpu_capability() if cpu else "",
        checkpoint_every=settings.save_every,
        weights_from=None if weights is None else str(weights.given),
        weights_sha256=None if weights is None else weights.sha256,
        loggers=loggers,
        controls=settings.controls,
    )
    searches = program.spec.search is not None and program.genotype_text is None
    graphs = (program.build("search" if searches else "retrain").graph,)  # what is retrained is a part of what is searched
    return with_plugins(with_provenance(started), used_plugins(program, graphs, plugins))


def device_name(device: torch.device) -> str:
    """The device with the model of the GPU or the CPU."""
    model = torch.cuda.get_device_name(device) if device.type == "cuda" else this_processor().name
    return f"{device} ({model})"
