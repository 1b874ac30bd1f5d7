"""The export of a trained run to NIR."""

import warnings
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from spikegraph.backends.nir.required import required
from spikegraph.base.errors import WRONG_INPUT, NotFoundError, UserError
from spikegraph.base.files import write_together
from spikegraph.base.visible import visible_name
from spikegraph.foreign.errors import ForeignError
from spikegraph.plugins.exports import OTHER_NAME, ROUNDED, Exported, in_float32
from spikegraph.program.float32_numbers import beyond_float32
from spikegraph.program.kept import kept
from spikegraph.program.refusals import require_none

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.program.program import Program

DT = 1e-4
"""The length of a time step in seconds by default, as other readers have it."""


def export_run(run: Path, out: Path, dt: float = DT) -> Exported:
    """Writes the trained network of a run as a graph of NIR, and what it gives for a few inputs.

    Args:
        run: The run's folder.
        out: The file of the graph; the other is beside it, with the end `.check.h5`.
        dt: The length of a time step in seconds. It changes the numbers in the files, and no spike.

    Raises:
        SpecError: The network has operations that NIR can't express, each with its line; nothing is written.
        NotFoundError: The package nir isn't installed.
        RunFolderError: The run has no trained network yet.
    """
    required()
    from spikegraph.plugins.targets import load_run  # noqa: PLC0415 (needs torch)

    found = kept(run)
    if found.run is not None:
        found.run.check_trained()
    program = found.program.checked("deploy")
    refuse(program)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)  # the run isn't complete
        model = load_run(run)
        separate = model if found.folded else load_run(run, phase="retrain")
    exported = export_model(program, model, out, dt, separate=separate)
    return replace(exported, notes=(*dict.fromkeys(str(w.message) for w in caught), *exported.notes))


class WrongFileError(UserError):
    """A file that isn't the trained network."""

    status = WRONG_INPUT


def read_back(program: "Program", graph: bytes, data: bytes) -> tuple[str, ...]:
    """Imports the content of a file and compares it with the spikes of the trained network; returns notes.

    Raises:
        WrongFileError: Spikes or outputs differ by more than rounding explains, or a graph of built-in rules can't be read.
    """
    from spikegraph.backends.nir.check_data import beside  # noqa: PLC0415
    from spikegraph.backends.nir.checking import compared  # noqa: PLC0415
    from spikegraph.backends.nir.importing import import_graph  # noqa: PLC0415
    from spikegraph.backends.nir.rule_table import RULES  # noqa: PLC0415

    plain = program.build("deploy").plain
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.nir"
        path.write_bytes(graph)
        beside(path).write_bytes(data)
        try:
            imported = import_graph(path)
        except ForeignError as error:
            if all(RULES.is_built_in(node.op.name) for node in plain if node.op.name in RULES):
                raise _wrong(plain.name, "the graph can't be read back", error) from error
            return (f"the graph was not compared with the trained network: {error.summary}",)  # a plug-in's own nodes
        try:
            found = compared(imported)
        except ForeignError as error:
            raise _wrong(plain.name, "the trained network has other spikes or outputs", error) from error
    if found is None or not found.differing:
        return ()
    count = f"{found.differing:,} of {found.spikes:,} spikes differ from the trained network's"
    return (f"{count}, as rounding explains: {found.first}",)


def _wrong(network: str, why: str, error: ForeignError) -> WrongFileError:
    summary = f"the network `{network}` can't be exported to NIR: {why}: {error.summary}"
    return WrongFileError(summary, "please report it with the run's folder")


def refuse(program: "Program") -> None:
    """Checks that a spec's deployed network can be exported, whatever its weights are.

    Raises:
        SpecError: It can't; each operation that NIR lacks has an error.
    """
    from spikegraph.backends.nir.convert import convert  # noqa: PLC0415 (needs nir)

    graph = program.build("deploy").plain
    require_none((*beyond_float32(graph), *convert(graph, None, DT).refused), program.resolved.diagnostics)


def export_model(program: "Program", model: "Model", out: Path, dt: float = DT, *, separate: "Model | None" = None) -> Exported:
    """Writes a deployed network. The file is read back, and its spikes are compared with those of the trained network.

    Args:
        program: The spec.
        model: Its network with folded norms.
        out: The file of the graph.
        dt: The length of a time step in seconds.
        separate: The trained network with separate norms, whose spikes are written beside the graph; by default `model`.

    Raises:
        SpecError: The network has operations that NIR can't express.
        NotFoundError: The path is that of a folder, or the file beside the graph is there without it.
        WrongFileError: The file has other spikes or outputs than the trained network.
    """
    required()
    import h5py  # noqa: PLC0415
    import nir  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    from spikegraph.backends.nir.check_data import SAMPLES, beside, data_of  # noqa: PLC0415
    from spikegraph.backends.nir.convert import convert  # noqa: PLC0415

    if out.is_dir():
        raise NotFoundError(f"{visible_name(out)} is a folder", "give the path of a file")
    check = beside(out)
    if check.exists() and not out.exists():
        raise NotFoundError(f"{visible_name(check)} is of something else", OTHER_NAME)
    refuse(program)
    graph = program.build("deploy").plain
    weights = {name: tensor.detach().cpu().float().numpy() for name, tensor in model.state_dict().items()}
    converted = convert(graph, weights.__getitem__, dt)
    require_none(converted.refused, program.resolved.diagnostics)  # trained numbers may be refused too
    assert converted.graph is not None
    if model.classes:
        converted.graph.metadata["classes"] = np.array(model.classes, cast("Any", h5py).string_dtype())
    file = BytesIO()
    nir.write(file, converted.graph)
    data = data_of(separate or model, graph, converted, dt)
    compared = read_back(program, file.getvalue(), data)
    write_together({check: data, out: file.getvalue()})
    notes = [*compared, f"{check.name} has the spikes and outputs for {SAMPLES} random inputs"]
    if means := converted.graph.metadata["mean_over_time"]:
        notes.append(f"the result is the mean of `{means}` over the time steps, which the reader takes")
    notes += [ROUNDED] if any(str(weight.dtype) == "torch.float64" for weight in model.parameters()) else []
    return Exported((out, check), (*notes, *in_float32(model.low)))
