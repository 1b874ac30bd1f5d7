"""The registry of formats that a trained run is exported to; each exporter is imported at its first use."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.later import later
from spikegraph.plugins.registry import Registry
from spikegraph.plugins.returned import of_type

OTHER_NAME = "give another name, or delete this file"
"""What helps where a file that would be written beside the one that was asked for is of something else."""


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Attributes:
        written: The files, the one that was asked for first.
        notes: What a reader of the files should know, a line each.
    """

    written: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def in_float32(low: object) -> tuple[str, ...]:
    """A note that a format computes in float32 what the run computed in a type such as `torch.bfloat16`; none for None."""
    if low is None:
        return ()
    was = str(low).rpartition(".")[2]
    return (f"the run computed convolutions in {was}; here they are in float32, so spikes near a threshold can differ",)


ROUNDED = "the weights are float64; here they are rounded to float32, so spikes near a threshold can differ"
"""The note of a format that has no weights in float64."""


@dataclass(frozen=True)
class Exporter:
    """The function of a format that takes options of the command.

    Attributes:
        function: (run: Path, out: Path, **options) -> `Exported`.
        options: The names of the options: `dt`, the length of a time step in seconds.
    """

    function: Callable[..., Exported]
    options: tuple[str, ...]

    def __call__(self, run: Path, out: Path, **options: Any) -> Exported:
        """Exports a run."""
        return self.function(run, out, **options)


EXPORTERS: Registry[Callable[..., Exported]] = Registry(
    "format",
    "spikegraph.exports",
    {
        "nir": Exporter(later("spikegraph.backends.nir.exporting:export_run"), ("dt",)),
        "onnx": later("spikegraph.backends.torch.exporting.files:export_onnx"),
        "python": later("spikegraph.backends.torch.exporting.python_module:export_python"),
        "torch": later("spikegraph.backends.torch.exporting.files:export_torch"),
        "safetensors": later("spikegraph.backends.torch.exporting.files:export_safetensors"),
    },
    kind=FUNCTION,
    needed=False,
)
"""The function of each format, (run: Path, out: Path) -> `Exported`, or an `Exporter`. If it raises, it has written nothing."""


def exported(format: str, run: Path, out: Path, **options: Any) -> Exported:
    """Exports a run by the function of a format.

    Raises:
        TypeError: The function of a plug-in returns something else than what it wrote.
    """
    exporter = EXPORTERS[format]
    function = exporter.function if isinstance(exporter, Exporter) else exporter
    return of_type(Exported, exporter(run, out, **options), function, f"the exporter `{format}`")


def takes(format: str, option: str) -> bool:
    """Whether a format takes an option."""
    exporter = EXPORTERS[format]
    return isinstance(exporter, Exporter) and option in exporter.options
