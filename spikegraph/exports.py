"""The registry of formats that a trained run is exported to; each exporter is imported at its first use."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spikegraph.registry import Registry
from spikegraph.targets import imported


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Attributes:
        written: The files, the one that was asked for first.
        notes: What a reader of the files should know, a line each.
    """

    written: tuple[Path, ...]
    notes: tuple[str, ...] = ()


EXPORTERS: Registry[Callable[..., Exported]] = Registry(
    "format",
    "spikegraph.exports",
    {
        "nir": imported("spikegraph.backends.nir.exporting", "export_run"),
        "onnx": imported("spikegraph.backends.torch.exporting.files", "export_onnx"),
        "torch": imported("spikegraph.backends.torch.exporting.files", "export_torch"),
        "safetensors": imported("spikegraph.backends.torch.exporting.files", "export_safetensors"),
    },
)
"""The function of each format: (run: Path, out: Path, **options) -> `Exported`. If it raises, it has written nothing."""
