"""Modules that `export --to python` wrote and nothing has changed since: they come back as the spec they were written from.

The docstring of such a module has its spec. It is believed if a module that is written from that spec anew has the same code.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import FunctionType
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from spikegraph.analysis.dgs import with_temperatures
from spikegraph.backends.python.module import Module, RefusedError, module_of
from spikegraph.backends.python.module_text import spec_of
from spikegraph.backends.python.scopes import cells_of
from spikegraph.backends.python.spec_text import temperatures_in
from spikegraph.backends.torch.exporting.python_module import RESERVED, difference, made
from spikegraph.backends.torch.foreign.agreement import Compared
from spikegraph.backends.torch.foreign.checks import check_weights
from spikegraph.backends.torch.foreign.example import several, whole_copy
from spikegraph.backends.torch.foreign.same_code import same_code
from spikegraph.backends.torch.foreign.tensors import ours
from spikegraph.backends.torch.lowering import lower
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.source import SourceFile
from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.statements import Weight
from spikegraph.ir.graph import Graph
from spikegraph.program.phases import Built
from spikegraph.program.program import Program

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model

REPORT = "please report it with the file"


@dataclass(frozen=True)
class Exported:
    """A module as the spec that it was written from.

    Attributes:
        name: The name of its network.
        spec: The spec's text.
        temperatures: What the training of the network has found for surrogates, by the names of the neurons' weights.
        names: The module's tensors by the network's names.
        weights: Their numbers, as the network has them.
        compared: What was compared with the module.
    """

    name: str
    spec: str
    temperatures: Mapping[str, float]
    names: Mapping[str, Weight]
    weights: Mapping[str, Tensor]
    compared: Compared


def exported(module: nn.Module, inputs: Sequence[Tensor], name: str | None) -> Exported | None:
    """The spec that a module was written from; None if it is another module, or was changed, or takes other shapes.

    Args:
        module: The module.
        inputs: An example.
        name: Another name for the network; None keeps it.

    Raises:
        ForeignError: The module has numbers that aren't finite, or doesn't compute what its code says.
    """
    spec = _spec_of(module)
    if spec is None:
        return None
    program = Program.of_text(spec, "exported.sdhs")
    if program.check("retrain").has_errors:
        return None
    try:
        temperatures = temperatures_in(spec)
        built = program.build("retrain")
        built = replace(built, checked=with_temperatures(built.checked, temperatures))
    except ValueError:
        return None
    written = _written(built, spec)
    if written is None or not _fits(built.plain, inputs) or not same_code(module, _without_numbers(written)):
        return None
    check_weights(module)
    names = {
        f"{leaf}.{own.name}": Weight(there, groups=own.exchanged or None) for there, (leaf, own) in written.weights.items()
    }
    tensors = module.state_dict()
    model = lower(built.plain, plain=built.plain).double()
    state = model.state_dict()
    weights = {here: ours(w, tensors[w.name]).detach().clone().reshape(state[here].shape) for here, w in names.items()}
    model.load_state_dict(weights)
    compared = _compared(written, model, module, inputs)
    text = spec if name is None else _renamed(spec, name)
    return Exported(name or built.plain.name, text, temperatures, names, weights, compared)


def _spec_of(module: nn.Module) -> str | None:
    """The spec in the docstring of the file that a module's class is from."""
    forward: object = getattr(type(module), "forward", None)
    doc: object = forward.__globals__.get("__doc__") if isinstance(forward, FunctionType) else None
    return spec_of(inspect.cleandoc(doc)) if isinstance(doc, str) else None


def _renamed(spec: str, name: str) -> str:
    """A spec whose network has another name."""
    file = parse(SourceFile("exported", spec), Diagnostics())
    assert file is not None, "the spec was read before"
    items: list[ast.Item] = []
    old = next(item.name.id for item in file.items if isinstance(item, ast.Declaration) and item.kind == "network")
    for item in file.items:
        match item:
            case ast.Declaration(kind="network" | "genotype") if item.name.id == old:
                items.append(replace(item, name=replace(item.name, id=name)))
            case ast.Run():
                items.append(replace(item, network=replace(item.network, id=name)))
            case _:
                items.append(item)
    return print_file(replace(file, items=tuple(items)))


def _written(built: Built, spec: str) -> Module | None:
    try:
        return module_of(built.plain, cells_of(built.outline), spec, RESERVED)
    except RefusedError:
        return None


def _without_numbers(module: Module) -> nn.Module:
    with torch.device("meta"):
        return made(module)


def _fits(graph: Graph, inputs: Sequence[Tensor]) -> bool:
    """Whether an example has the shapes that a network takes."""
    values = [node.value for node in graph.inputs().values()]
    return len(values) == len(inputs) and all(
        x.dim() == len(value.shape) + 1 + value.steps and tuple(x.shape[-len(value.shape) :]) == value.shape
        for value, x in zip(values, inputs, strict=True)
    )


def _compared(written: Module, model: Model, module: nn.Module, inputs: Sequence[Tensor]) -> Compared:
    """Compares a module with its network in float64: results, spikes, gradients and statistics, in evaluation and training."""
    plain, begin = model.plain, {name: x.clone() for name, x in model.state_dict().items()}
    given = [x.double() for x in inputs]
    modes = (False,) if any(node.op.traits.scales for node in plain) else (False, True)  # dropout draws numbers of its own
    spikes = list[float]()
    for training in modes:
        model.load_state_dict(begin)
        network = whole_copy(module).double().requires_grad_().train(training)
        theirs = _counted(network, written.spiking)
        why = difference(written, model.train(training), network, given)
        model.load_state_dict(begin)
        spikes = _spikes(model, given)
        if why is None and (
            sum(spikes) != sum(theirs.values()) or (len(spikes) == len(theirs) and spikes != sorted(theirs.values()))
        ):
            why = f"it has {sum(theirs.values()):g} spikes and not {sum(spikes):g}"
        if why is not None:
            raise ForeignError(f"it doesn't compute{' in training' * training} what its code says: {why}", REPORT)
    steps = next((len(x) for x, node in zip(given, plain.inputs().values(), strict=True) if node.value.steps), plain.time or 1)
    return Compared(steps, len(spikes), spikes.count(0), len(dict(model.named_parameters())), len(modes) > 1)


def _counted(network: nn.Module, classes: Sequence[str]) -> dict[str, float]:
    """The spikes of each of a network's neurons, counted as they fire; those of a loop are called step by step."""
    totals: dict[str, float] = {}

    def note(name: str, result: Any) -> Any:
        totals[name] += float(several(result)[0].detach().abs().sum())
        return result

    def stepwise(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *xs, **options: note(name, step(*xs, **options))

    def behind(name: str) -> Callable[[nn.Module, Any, Any], Any]:
        return lambda _, __, result: note(name, result)

    for name, part in cast("Iterator[tuple[str, nn.Module]]", network.named_modules()):
        if type(part).__name__ in classes:
            totals[name] = 0.0
            if hasattr(part, "step"):
                vars(part)["step"] = stepwise(name, cast("Callable[..., Any]", part.step))
            else:
                part.register_forward_hook(behind(name))
    return totals


def _spikes(model: Model, inputs: Sequence[Tensor]) -> list[float]:
    """The spikes of each layer of neurons, the fewest first."""
    firing = [node.name for node in model.plain if node.op.traits.fires]
    with torch.no_grad():
        values = model.values(dict(zip(model.plain.inputs(), inputs, strict=True)), wanted=firing)
    return sorted(float(values[name].abs().sum()) for name in firing)
