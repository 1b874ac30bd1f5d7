"""A run's trained network as a module of PyTorch alone, with its weights in a file beside it."""

from __future__ import annotations

import io
import keyword
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import torch
from torch import Tensor, nn

from spikegraph.analysis.dgs import temperatures
from spikegraph.backends.python.module import Module, RefusedError, module_of
from spikegraph.backends.python.module_text import is_written, steps_of
from spikegraph.backends.python.scopes import Cells, cells_of
from spikegraph.backends.python.spec_text import spec_text
from spikegraph.backends.torch.exporting.files import trained
from spikegraph.backends.torch.exporting.refusals import NotExportableError
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.base.errors import NotFoundError, UntrainableError
from spikegraph.base.files import write_together
from spikegraph.base.visible import visible_name
from spikegraph.ir.graph import Graph
from spikegraph.passes.phase_pipelines import Phase
from spikegraph.plugins.exports import OTHER_NAME, Exported, in_float32
from spikegraph.program.program import Program
from spikegraph.program.refusals import require_none
from spikegraph.validation.smaller import MOST_NUMBERS, numbers, smallest

STEPS, SAMPLES = 3, 2
"""The most time steps, and the samples, that module and network are compared on."""

CLOSE = 1e-10
"""The largest difference of a number from the network's in float64, relative to 1 and the largest of its tensor."""

RESERVED = frozenset(dir(nn.Module()))
"""Names that attributes of modules can't have."""


def export_python(run: Path, out: Path) -> Exported:
    """Writes the network before folding as text, and its weights beside it. If it raises, nothing is written.

    Raises:
        SpecError: The network has operations that can't be written, each with its line.
        NotFoundError: The file can't be imported under its name, or the weights beside it are of something else.
        UserError: The run has no trained network.
    """
    network = trained(run, keep_type=True)
    _check_name(out)
    weights = out.with_suffix(".pt")
    if weights.exists() and not (out.is_file() and is_written(out.read_text(encoding="utf-8", errors="replace"))):
        raise NotFoundError(f"{visible_name(weights)} has weights of something else", OTHER_NAME)
    program, model = network.program, network.separate
    folded = model is network.deployed
    try:
        written = written_of(program, model, "deploy" if folded else "retrain")
    except RefusedError as error:
        require_none(error.refusals, program.resolved.diagnostics)
        raise
    text, content = written.module.text, written.weights_file()
    notes = [*network.notes, *written.compared(), *in_float32(model.low)]
    notes += ["the file has folded norms alone, so that the module has none"] if folded else []
    write_together({weights: content, out: text})
    return Exported((out, weights), tuple(notes))


def _check_name(out: Path) -> None:
    name = out.stem
    if (
        out.suffix != ".py"
        or not name.isidentifier()
        or keyword.iskeyword(name)
        or name in sys.stdlib_module_names
        or name == "torch"
    ):
        raise NotFoundError(f"{visible_name(out)} can't be imported", "give a file such as net.py")


@dataclass
class Written:
    """A network as a module.

    Attributes:
        module: The module.
        model: The network.
        cells: Its cells.
        spec: The text of its spec.
    """

    module: Module
    model: Model
    cells: Cells
    spec: str

    def weights_file(self) -> bytes:
        """The content of the file of its weights."""
        network = loaded(self.module, self.model)
        file = io.BytesIO()
        torch.save(network.state_dict(), file)
        return file.getvalue()

    def compared(self) -> tuple[str, ...]:
        """Compares the module with the network in float64; returns what its reader should know.

        Raises:
            NotExportableError: It computes something else.
        """
        plain, module, notes = self.model.plain, self.module, list[str]()
        if numbers(plain) > MOST_NUMBERS:
            plain = smallest(plain, lambda _: None)
            module = module_of(plain, self.cells, self.spec, RESERVED)
            sizes = " and ".join(f"{list(node.value.size)}" for node in plain.inputs().values())
            notes.append(f"the network is large, so the module was compared with it on inputs of {sizes}")
        own = lower(plain, plain=plain).double()
        own.load_state_dict(self.model.state_dict())
        for training in (False, True):
            if training and any(node.op.traits.scales for node in plain):
                notes.append("the module was compared in evaluation only, since dropout draws its own random numbers")
                continue
            network = loaded(module, own)
            why = difference(module, own.train(training), network.train(training), inputs_of(plain))
            if why is not None:
                where = "training" if training else "evaluation"
                summary = f"what it would compute in {where} isn't what the network computes: {why}"
                raise NotExportableError(plain, "python", summary, "please report it with the run's folder")
        return tuple(notes)


def written_of(program: Program, model: Model, phase: Phase) -> Written:
    """The module of a network.

    Raises:
        RefusedError: An operation can't be written.
    """
    built = program.build(phase)
    before, after = temperatures(built.plain), temperatures(model.plain)
    found = {name: b for name, b in after.items() if before[name] != b}
    cells, spec = cells_of(built.outline), spec_text(program, model.plain, found)
    double = any(x.dtype == torch.float64 for x in model.state_dict().values())
    return Written(module_of(model.plain, cells, spec, RESERVED, double=double), model, cells, spec)


def loaded(module: Module, model: Model) -> nn.Module:
    """The network of a module with a model's weights."""
    network = made(module)
    state = network.state_dict()
    found = {**state, **converted(module, model.state_dict())}
    dtype = next((x.dtype for x in model.state_dict().values() if x.is_floating_point()), torch.float32)
    network.to(dtype).load_state_dict(found)
    return network


def made(module: Module) -> nn.Module:
    """The network of a module, with random weights."""
    code = ModuleType("exported")
    code.__file__ = "exported.py"
    exec(compile(module.text, "exported.py", "exec", dont_inherit=True), code.__dict__)
    return getattr(code, module.name)()


def converted(module: Module, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a network, or their gradients, by their names in the module."""
    found: dict[str, Tensor] = {}
    for name, (leaf, tensor) in module.weights.items():
        x = weights.get(f"{leaf}.{tensor.name}")
        if x is None:
            continue
        if tensor.exchanged:
            x = x.reshape(tensor.exchanged, -1, *x.shape[1:]).transpose(1, 2).flatten(0, 1)
        found[name] = x.detach().clone()
    return found


def inputs_of(graph: Graph, seed: int = 0) -> list[Tensor]:
    """Random inputs in float64, of the kinds that a network takes."""
    generator, steps = torch.Generator().manual_seed(seed), steps_of(graph, STEPS)
    found: list[Tensor] = []
    for node in graph.inputs().values():
        value = node.value
        shape = (*((steps,) if value.steps else ()), SAMPLES, *value.shape)
        if value.kind == "real":
            found.append(torch.randn(shape, generator=generator, dtype=torch.float64))
        else:
            low = -1 if value.kind == "events" else 0
            found.append(torch.randint(low, value.bound + 1, shape, generator=generator).double())
    return found


def difference(module: Module, model: Model, network: nn.Module, inputs: list[Tensor]) -> str | None:
    """The first number of module and network that differ: results, gradients of weights, or statistics of norms.

    Args:
        module: The module.
        model: The network, in float64.
        network: The same network in the module's code, in float64 and in the same mode.
        inputs: Inputs of both.
    """
    graph = model.plain
    ends = {**graph.outputs, **(graph.taps if model.training else {})}
    try:
        values = model.values(dict(zip(graph.inputs(), inputs, strict=True)), wanted=tuple(ends.values()))
    except UntrainableError:
        return None  # on so few samples; in evaluation it was compared
    own = {name: values[node] for name, node in ends.items()}
    given: Any = network(*inputs)
    found = cast("dict[str, Tensor]", given if isinstance(given, dict) else dict(zip(ends, [given], strict=True)))
    for name, x in own.items():
        if (why := _apart(x.detach(), found[name].detach())) is not None:
            return f"`{name}` {why}"
    for results, module_ in ((own, model), (found, network)):
        total: Any = sum((x * torch.linspace(-1, 1, x.numel(), dtype=x.dtype).view(x.shape)).sum() for x in results.values())
        module_.zero_grad()
        if total.requires_grad:
            total.backward()
    expected = converted(module, {name: p.grad for name, p in model.named_parameters() if p.grad is not None})
    largest = max((x.abs().max().item() for x in expected.values()), default=0.0)
    for name, p in network.named_parameters():
        x = expected.get(name, torch.zeros_like(p))
        if (why := _apart(x, torch.zeros_like(p) if p.grad is None else p.grad, largest)) is not None:
            return f"the gradient of `{name}` {why}"
    after, state = converted(module, model.state_dict()), network.state_dict()
    return next((f"`{name}` {why}" for name, x in after.items() if (why := _apart(x, state[name])) is not None), None)


def _apart(x: Tensor, y: Tensor, scale: float = 0.0) -> str | None:
    if x.shape != y.shape:
        return f"has the shape {list(y.shape)} and not {list(x.shape)}"
    distance = torch.nan_to_num((x - y).abs(), nan=torch.inf)
    limit = CLOSE * max(1.0, scale, x.abs().max().item() if x.numel() else 0.0)
    return None if not x.numel() or distance.max() <= limit else f"is {distance.max().item():.2g} apart"
