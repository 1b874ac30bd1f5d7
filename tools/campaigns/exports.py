"""Random networks, exported: other programs run the files, and give what the trained network's reference gives.

A case writes the folder of a run with random weights and statistics, and exports it to every format by the functions of the
command. torch's loaded program, onnxruntime, the equations of NIR in numpy and the folded weights run on inputs of two samples
that the export didn't see. The reference of the spec is the judge, with norms separate; spikes may differ where its bound of
rounding explains it. Kinds are the formats that were written; a format that refuses the network must name the line. Every
second network is of what NIR can express.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import nir
import numpy as np
import onnxruntime
import torch
from cases import Outcome
from folded_blocks import lively
from safetensors.numpy import load
from tests_files import nir_simulation, run_folder
from torch import Tensor
from valid_specs import decoded, require

from spikegraph.api.reference import choices_of
from spikegraph.backends.nir import neurons
from spikegraph.backends.nir.convert import convert
from spikegraph.backends.nir.exporting import DT
from spikegraph.backends.nir.rule_table import RULES
from spikegraph.backends.nir.wires import RefusedError
from spikegraph.backends.torch.deployed_file import metadata
from spikegraph.backends.torch.exporting.checked import compared
from spikegraph.backends.torch.exporting.files import DESCRIPTION
from spikegraph.backends.torch.exporting.onnx_model import KEY
from spikegraph.backends.torch.exporting.signature import Signature
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.checkpoint import weights_content
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.generate import Wanted, random_spec, seeded
from spikegraph.ir.json import from_json
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.reduction import Reduce
from spikegraph.meaning.api import reference_of
from spikegraph.meaning.call import Array
from spikegraph.meaning.rounding.network import bounded_reference_of
from spikegraph.meaning.rounding.neurons import TINY
from spikegraph.meaning.rounding.spikes import explained
from spikegraph.plugins.exports import EXPORTERS
from spikegraph.program.program import Program
from spikegraph.validation.drawn import drawn_inputs


def expressible(neuron: Neuron) -> bool:
    """Whether NIR has a neuron with these numbers."""
    try:
        neurons.refuse(neuron)
    except RefusedError:
        return False
    return True


def written(op: Op) -> bool:
    """Whether NIR has an operation with these arguments, as far as they tell."""
    if isinstance(op, Reduce):
        return (op.over, op.by) in REDUCED
    return not isinstance(op, Norm) or (op.kind, op.per) == ("batch", "sequence")


REDUCED = (*((over, by) for over in ("channels", "heads") for by in ("mean", "sum")), ("time", "mean"))
"""What NIR can reduce."""


ALL = Wanted()
OF_NIR = Wanted(
    operations=tuple(name for name in RULES if name not in ("resize", "upsample")),
    operation=written,
    neuron=expressible,
    axes=(2, 2, 2, 0, 1),
    loops=0,
)
"""What NIR can express, but for some sizes."""


def case(seed: int) -> Outcome:
    """Exports one network to all formats, and runs the files."""
    draw = seeded(f"exports {seed}")
    text = random_spec(draw, OF_NIR if seed % 2 else ALL).text
    try:
        with TemporaryDirectory() as folder:
            network = Network(text, seed, Path(folder))
            formats = [format for format in RUN if network.exported(format)]
    except Exception as error:  # noqa: BLE001 (every exception is a finding)
        return Outcome("failed", False, f"{type(error).__name__}: {error}\n{text}")
    return Outcome(", ".join(formats) or "no format can express it", True)


class Network:
    """A run with a random network, its judge, and inputs.

    Attributes:
        deployed: The graph with folded norms.
        inputs: Inputs that float32 holds exactly, [T, N, C, *size], or [N, C, *size] where they are the same at every step.
        steps: Time steps.
    """

    def __init__(self, text: str, seed: int, folder: Path) -> None:
        program = Program.of_text(text, "net.sdhs").checked()
        program = decoded(program, program.build("search"), Random(seed))
        built, self.deployed = program.build("retrain"), program.build("deploy").plain
        torch.manual_seed(seed)
        weights = lively(Model(built.plain)).state_dict()
        content = weights_content(weights)
        self._folder = folder
        self._run = run_folder(folder / "run", program.text, genotype=program.genotype_text, weights=content)
        arrays = {name: tensor.double().numpy() for name, tensor in weights.items()}
        self._reference = bounded_reference_of(built.space, arrays, choices_of(built))
        self.inputs = {n: x.astype(np.float32).astype(np.float64) for n, x in drawn_inputs(self.deployed, seed).items()}
        over_time = [len(x) for n, x in self.inputs.items() if self.deployed.node(n).value.steps]
        self.steps = over_time[0] if over_time else self.deployed.time or 1

    def exported(self, format: str) -> bool:
        """Writes a format, and compares what its file gives; false if it refuses the network, with lines."""
        path = self.path(format)
        try:
            EXPORTERS[format](self._run, path)
        except SpecError:
            return False
        RUN[format](self, path)
        return True

    def path(self, format: str) -> Path:
        """The path of the file of a format."""
        return self._folder / f"net.{'pt2' if format == 'torch' else format}"

    def during(self, step: int) -> dict[str, Array]:
        """The inputs at a time step, [N, C, *size]."""
        return {n: x[step] if self.deployed.node(n).value.steps else x for n, x in self.inputs.items()}

    def judge_step(self, described: object, run: Callable[[Sequence[Tensor]], Sequence[Any]]) -> None:
        """Raises an error if a program of one time step computes something else or has another description."""
        signature = Signature.of(self.deployed)
        require(described == json.loads(json.dumps(signature.described())), "the file describes another network")
        steps = (self.during(step) for step in range(self.steps))
        compared(signature, run, self._reference, ([torch.from_numpy(x).float() for x in given.values()] for given in steps))

    def judge(self, spikes: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Raises an error for the first spike or output over all steps that rounding doesn't explain."""
        found = explained(self._reference, self.inputs, spikes)
        require(found.wrong is None, f"{found.wrong}")
        for name, value in found.outputs.items():
            bound = value.error + self._reference.precision.of_one * np.abs(value.value) + TINY
            require(bool((np.abs(outputs[name] - value.value) <= bound).all()), f"the output `{name}` differs")


def run_torch(network: Network, path: Path) -> None:
    """The program of torch.export, loaded from the file."""
    extra = {DESCRIPTION: ""}
    module: Any = torch.export.load(path, extra_files=extra).module()

    def run(arrays: Sequence[Tensor]) -> Sequence[Tensor]:
        return module(*arrays)

    network.judge_step(json.loads(extra[DESCRIPTION]), run)


def run_onnx(network: Network, path: Path) -> None:
    """The model of ONNX in onnxruntime."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]

    def run(arrays: Sequence[Tensor]) -> Sequence[Any]:
        return session.run(None, {name: x.numpy() for name, x in zip(names, arrays, strict=True)})

    network.judge_step(json.loads(session.get_modelmeta().custom_metadata_map[KEY]), run)


def run_nir(network: Network, path: Path) -> None:
    """The graph of NIR by its equations in numpy."""
    graph: Any = nir.read(path)
    known = convert(network.deployed, None, DT)
    over_time = [network.during(step) for step in range(network.steps)]
    given = {known.inputs[name]: np.stack([x[name] for x in over_time]) for name in network.inputs}
    values = nir_simulation(graph, DT).run(given)
    spikes: dict[str, Array] = {}
    for node, (of, first, end) in known.neurons.items():
        value = network.deployed.node(of).value
        found = spikes.setdefault(of, np.zeros((*values[node].shape[:2], *value.shape)))
        found[:, :, first:end] = values[node]
    means = graph.metadata["mean_over_time"].split(", ")
    ended = {
        name: values[node].mean(0, keepdims=True) if node in means else values[node] for name, node in known.outputs.items()
    }
    network.judge(spikes, ended)


def run_weights(network: Network, path: Path) -> None:
    """The folded weights and the graph in the file by the reference in numpy."""
    content = path.read_bytes()
    weights = {name: x.astype(np.float64) for name, x in load(content).items()}
    trace = reference_of(from_json(json.loads(metadata(content)["graph"])), weights).trace(network.inputs)
    network.judge({name: x for name, x in trace.spikes.items() if network.deployed.node(name).op.traits.fires}, trace.outputs)


RUN: Mapping[str, Callable[[Network, Path], None]] = {
    "torch": run_torch,
    "onnx": run_onnx,
    "nir": run_nir,
    "safetensors": run_weights,
}
"""Runs the file of each format, and raises an error if it computes something else."""
