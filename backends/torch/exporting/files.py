"""The three formats: a run's trained network as a program of PyTorch, as ONNX, and as folded weights with its graph."""

import io
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.deployed_file import deployed_content, deployed_model
from spikegraph.backends.torch.exporting.checked import Run, checked, on_small_maps
from spikegraph.backends.torch.exporting.made import compared_file
from spikegraph.backends.torch.exporting.onnx_model import onnx_content
from spikegraph.backends.torch.exporting.program import StepProgram, without_operations
from spikegraph.backends.torch.exporting.refusals import NotExportableError, check_states
from spikegraph.backends.torch.exporting.step import StreamingStep, UnknownStateError
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.trained import trained_model
from spikegraph.base.files import write_whole
from spikegraph.plugins.exports import ROUNDED, Exported
from spikegraph.program.float32_numbers import beyond_float32
from spikegraph.program.kept import kept
from spikegraph.program.program import Program
from spikegraph.program.refusals import require_none

Content = Callable[[Model, Model], tuple[bytes, tuple[str, ...]]]
"""(deployed network, trained network with separate norms) -> the content of a file, and what its reader should know."""

DESCRIPTION = "spikegraph.json"
"""The name of the description among the extra files of a program."""


def export_torch(run: Path, out: Path) -> Exported:
    """Writes one streaming step as a program of `torch.export`. If it raises, nothing is written.

    Raises:
        SpecError: The network has operations that can't be exported, each with its line.
        UserError: The run has no trained network, or it can't be exported as a whole.
    """
    return _written(run, out, torch_content)


def export_onnx(run: Path, out: Path) -> Exported:
    """Writes one streaming step as a model of ONNX, as `export_torch`."""
    return _written(run, out, onnx_content)


def export_safetensors(run: Path, out: Path) -> Exported:
    """Writes the folded weights with the deployed graph, as `export_torch`."""
    return _written(run, out, safetensors_content)


def _written(run: Path, out: Path, content: Content) -> Exported:
    network = trained(run)
    program, notes = network.program, network.notes
    try:
        data, more = content(network.deployed, network.separate)
    except NotExportableError as error:
        require_none(error.refusals, program.resolved.diagnostics)
        raise
    write_whole(out, data)
    return Exported((out,), (*notes, *more))


@dataclass(frozen=True)
class Trained:
    """The trained network of a run.

    Attributes:
        program: Its spec.
        deployed: The network with norms folded.
        separate: The network with separate norms, as it was trained.
        notes: That the run isn't complete, if it isn't, and that weights were rounded.
    """

    program: Program
    deployed: Model
    separate: Model
    notes: tuple[str, ...] = ()


def trained(run: Path, *, keep_type: bool = False) -> Trained:
    """The trained network of a run or a model's folder in both forms; of a deployed file its only form.

    Args:
        run: The run, folder or file.
        keep_type: Whether weights in float64 stay so in the deployed form; else they are rounded to float32, with a note.

    Raises:
        UserError: The run has no trained network.
        SpecError: It has a number that float32 doesn't have.
    """
    found = kept(run)
    deployed = trained_model(found, "deploy")
    separate = deployed if found.folded else trained_model(found, "retrain")
    notes = tuple(filter(None, (found.unfinished,)))
    if in_float64(deployed) and not keep_type:
        deployed, notes = deployed.float(), (*notes, ROUNDED)
    if not in_float64(deployed):
        require_none(beyond_float32(deployed.plain), found.program.resolved.diagnostics)
    return Trained(found.program, deployed, separate, notes)


def in_float64(model: Model) -> bool:
    """Whether a model's weights are float64."""
    return any(weight.dtype == torch.float64 for weight in model.parameters())


def safetensors_content(model: Model, separate: Model | None = None) -> tuple[bytes, tuple[str, ...]]:
    """The content of a file of folded weights, as `torch_content`; what is read from it is compared."""
    content = deployed_content(model)
    read = deployed_model(content, Path("net.safetensors"))
    try:
        check_states(read.plain, "safetensors")
        small, trained_small = on_small_maps(read, separate or model)
        step = StreamingStep(small)
        return content, checked(step, lambda arrays: step(*arrays), "safetensors", trained_small)
    except (UnknownStateError, NotExportableError) as error:
        if isinstance(error, NotExportableError) and not error.refusals:
            raise
        return content, ("the file was not compared with the trained network, since an operation's state isn't known",)


def torch_content(model: Model, separate: Model | None = None) -> tuple[bytes, tuple[str, ...]]:
    """The content of a file of `torch.export`, and what its reader should know.

    Args:
        model: The deployed network.
        separate: The trained network with separate norms, with which the file is compared; by default `model`.

    Raises:
        NotExportableError: An operation can't be exported.
    """
    return compared_file(model, separate or model, "torch", torch_file)


def torch_file(found: StepProgram) -> tuple[bytes, Run]:
    """The content of a file of `torch.export` with a traced step, and what runs it."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch about itself
        torch.export.save(
            without_operations(found.program), file, extra_files={DESCRIPTION: json.dumps(found.step.signature.described())}
        )
        file.seek(0)
        module: Any = torch.export.load(file).module()

    def run(arrays: Sequence[Tensor]) -> Sequence[Tensor]:
        with torch.no_grad():
            return module(*arrays)

    return file.getvalue(), run
