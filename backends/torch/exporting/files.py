"""The three formats: a run's trained network as a program of PyTorch, as ONNX, and as folded weights with its graph."""

import io
import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.exporting.checked import checked
from spikegraph.backends.torch.exporting.onnx_model import onnx_content
from spikegraph.backends.torch.exporting.program import StepProgram, traced, without_operations
from spikegraph.backends.torch.exporting.refusals import NotExportableError
from spikegraph.backends.torch.exporting.weights_file import deployed_content
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.trained import trained_model
from spikegraph.dsl.diagnostics import Diagnostics, SpecError
from spikegraph.exports import Exported
from spikegraph.files import write_whole
from spikegraph.program import Program
from spikegraph.refusals import report
from spikegraph.run_program import run_program
from spikegraph.runs.record import read_run

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
    return _written(run, out, lambda model: (deployed_content(model), ()))


def _written(run: Path, out: Path, content: Callable[[Model], tuple[bytes, tuple[str, ...]]]) -> Exported:
    program, model, notes = trained(run)
    try:
        data, more = content(model)
    except NotExportableError as error:
        if not error.refusals:
            raise
        diagnostics = Diagnostics()
        diagnostics.sources.update(program.resolved.diagnostics.sources)
        report(error.refusals, diagnostics)
        raise SpecError(diagnostics) from error
    write_whole(out, data)
    return Exported((out,), (*notes, *more))


def trained(run: Path) -> tuple[Program, Model, tuple[str, ...]]:
    """The spec and the trained network of a run, with norms folded, and a note if the run isn't complete.

    Raises:
        UserError: The run has no trained network.
    """
    record = read_run(run)
    program = run_program(record)
    model = trained_model(program, record, "deploy", bf16=record.manifest.precision == "bf16")
    note = f"the run isn't complete; continue with `{record.resume_command}`"
    return program, model, () if record.complete else (note,)


def torch_content(model: Model) -> tuple[bytes, tuple[str, ...]]:
    """The content of a file of `torch.export`, and what its reader should know.

    Raises:
        NotExportableError: An operation can't be exported.
    """
    return torch_file(traced(model, "torch"))


def torch_file(found: StepProgram) -> tuple[bytes, tuple[str, ...]]:
    """The content of a file of `torch.export` with a traced step, as `torch_content`."""
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

        notes = checked(found.step, run, "torch")
    return file.getvalue(), notes
