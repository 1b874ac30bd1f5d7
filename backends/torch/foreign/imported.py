"""A module of PyTorch as a spec with its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.torch.foreign.agreement import Compared, agree
from spikegraph.backends.torch.foreign.checks import check_kind, not_a_module
from spikegraph.backends.torch.foreign.convert import convert, is_leaf
from spikegraph.backends.torch.foreign.example import computed, follow, several, whole_copy
from spikegraph.backends.torch.foreign.exported import Exported, exported
from spikegraph.backends.torch.foreign.own_norms import find_norms
from spikegraph.backends.torch.foreign.pairing import Pairing
from spikegraph.backends.torch.foreign.tensors import ours, theirs
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.origin import Origin
from spikegraph.backends.torch.train.checkpoint import weights_content
from spikegraph.backends.torch.train.rates import FiringRates
from spikegraph.backends.torch.trained import Form, with_weights
from spikegraph.base.arguments import one_of
from spikegraph.base.errors import ArgumentError, InputError
from spikegraph.base.files import write_together
from spikegraph.dsl.schema.network import INPUT_KINDS
from spikegraph.dsl.shown import counted
from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.names import name_of_class, valid
from spikegraph.foreign.statements import Change, Weight
from spikegraph.foreign.text import write
from spikegraph.program.program import Program
from spikegraph.runs.own_files import refuse_own_file

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model

REPORT = "please report it with the module"


@dataclass(frozen=True)
class WeightOrigin:
    """Where a weight is from.

    Attributes:
        weight: Its name in the module's `state_dict()`, and how ours differs.
        shape: Its shape there.
    """

    weight: Weight
    shape: tuple[int, ...]

    @property
    def name(self) -> str:
        """The tensor's name in the module's `state_dict()`."""
        return self.weight.name

    def of(self, ours: Tensor) -> Tensor:
        """The module's tensor, for ours."""
        return theirs(self.weight, ours, self.shape)


@dataclass(frozen=True)
class Imported:
    """A module of PyTorch as a spec.

    Attributes:
        name: The name of its network.
        spec: The spec's text.
        weights: The module's tensors by the names of the network's `state_dict()`, in the module's type.
        origins: Where each of them is from.
        changed: What differs from the module, because approximations were asked for.
        compared: What was compared with the module.
        exported: Whether `export --to python` wrote the module, so that the spec is the one that it was written from.
        temperatures: What its training has found for surrogates, by the names of the neurons' weights.
    """

    name: str
    spec: str
    weights: Mapping[str, Tensor]
    origins: Mapping[str, WeightOrigin]
    changed: tuple[Change, ...]
    compared: Compared
    exported: bool = False
    temperatures: Mapping[str, float] = field(default_factory=dict[str, float])

    def __repr__(self) -> str:
        lines, tensors = counted(len(self.spec.splitlines()), "line"), counted(len(self.weights), "tensor")
        changed = f", {counted(len(self.changed), 'change')}" if self.changed else ""
        return f"<Imported {self.name}: a spec of {lines}, {tensors}{changed}\n  {self.compared}>"

    @cached_property
    def program(self) -> Program:
        """The spec, read and checked."""
        return Program.of_text(self.spec, f"{self.name}.sdhs").checked()

    def model(self, phase: Form = "retrain") -> Model:
        """The network as a PyTorch module with these weights, in evaluation mode; in float64 if the module is.

        Args:
            phase: `retrain`, to train on, or `deploy`, where norms are folded into the convolutions before them.
        """
        model = with_weights(self.program, self.weights, phase, self.temperatures).eval()
        model.origin = Origin(self.program, phase, self.weights if phase == "deploy" else None)
        return model

    def statistics(self, *inputs: Tensor, energy: str = "cmos-45nm") -> Statistics:
        """Operations and energy of each layer, and of an inference, with the spikes for inputs of `model()`.

        Inputs that hold only whole numbers, such as spikes, counts and signs, are added, whatever the `kind` of `from_torch`.

        Args:
            inputs: The network's inputs, [T, N, C, *size], or [N, C, *size] if they are the same at each step.
            energy: The energy model, which `spikegraph energies` lists.

        Raises:
            ArgumentError: There is no such energy model.
            InputError: An input is missing, or of another shape.
        """
        one_of("energy", energy, tuple(ENERGY_MODELS))
        built, network = self.program.build("retrain"), self.model()
        rates, weight = FiringRates(network.graph, network.plain), next(network.parameters(), None)
        arrays = [x if weight is None else x.to(weight.dtype) for x in inputs]
        names = list(network.graph.inputs())
        if len(names) != len(arrays):
            raise InputError(f"the network needs {counted(len(names), 'input')} ({', '.join(names)}), not {len(arrays)}")
        given = dict(zip(names, arrays, strict=True))
        with torch.inference_mode():
            rates.add_inputs(given)
            network.run(given, watch=rates.add)
        found = rates.measured()
        model, counts = ENERGY_MODELS[energy], found.additions
        return Statistics.of(built.outline, built.plain, found.rates, model, counted=counts, time=found.time_steps)

    def state_dict(self, model: nn.Module) -> dict[str, Tensor]:
        """The weights of a model of this spec under the names of the original module, for its `load_state_dict`.

        Raises:
            ArgumentError: It is a model of another spec, or its norms are folded.
        """
        own = model.state_dict()
        if missing := next((name for name, w in self.weights.items() if name not in own or own[name].shape != w.shape), None):
            summary = f"the model has no `{missing}` as `{self.name}` has it"
            raise ArgumentError(summary, 'give one of `.model()`, or of a run from it by `load_run(run, phase="retrain")`')
        return {origin.name: origin.of(own[name]) for name, origin in self.origins.items()}

    def save(self, folder: str | Path) -> tuple[Path, Path]:
        """Writes the spec and the weights into a folder, as `NAME.sdhs` and `weights.safetensors`.

        Returns:
            The paths of the two files.

        Raises:
            ForeignError: The folder has another spec of this name, which may have been edited, or weights without this spec.
            NotFoundError: One of the two is a file of a run or of a model.
            OSError: A file can't be written.
        """
        spec, weights = Path(folder) / f"{self.name}.sdhs", Path(folder) / "weights.safetensors"
        for path in (spec, weights):
            refuse_own_file(path)
        if weights.exists() and not spec.exists():
            raise ForeignError(
                "there are weights of something else", "choose another folder, or delete this file", path=weights
            )
        if spec.exists() and spec.read_bytes() != self.spec.encode():
            raise ForeignError("there is another spec of this name", "choose another folder, or delete this file", path=spec)
        spec.parent.mkdir(parents=True, exist_ok=True)
        write_together({weights: weights_content(self.weights, self.temperatures), spec: self.spec})
        return spec, weights


def from_torch(
    module: object,
    example: object,
    *,
    steps: int = 4,
    name: str | None = None,
    kind: str = "real",
    multi_step: bool | None = None,
    approximate: bool = False,
) -> Imported:
    """Writes a module as a spec with its weights, as `spikegraph.from_torch` describes it."""
    _check_options(kind, name, steps)
    given = several(example)
    if not isinstance(module, nn.Module):
        raise not_a_module(module)
    if not given or not all(isinstance(x, Tensor) for x in given):
        kinds = " and ".join(dict.fromkeys(f"`{type(x).__name__}`" for x in given))
        raise ForeignError(
            f"the example is {f'of the type {kinds}' if kinds else 'empty'}", "give a tensor, or several in a list"
        )
    check_kind(module)
    inputs = [x.detach().cpu() for x in given]
    of, module = type(module), whole_copy(module).cpu()
    if kind == "real" and (found := exported(module, inputs, name)) is not None:
        return _of_exported(found, module)
    find_norms(module, inputs, is_leaf)
    name = name_of_class(of) if name is None else name
    first: ForeignError | None = None
    while True:
        try:
            with torch.enable_grad():
                one = whole_copy(module)
                return _imported(one, inputs, of, name, kind, steps, multi_step=multi_step, approximate=approximate)
        except ForeignError as error:
            first = first or error
            if error.layer is None or not follow(module, error.layer):
                raise first from error.__cause__


def _check_options(kind: object, name: object, steps: object) -> None:
    """Checks the kind of the inputs, the name of the network, and the number of time steps.

    Raises:
        ArgumentError: One is none.
    """
    one_of("kind", kind, tuple(INPUT_KINDS))
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
        raise ArgumentError(f"`steps` is {steps!r}; it is a whole number from 1")
    if name is not None and (not isinstance(name, str) or name != valid(name)):
        summary = f"a network can't have the name {name!r}"
        raise ArgumentError(summary, "use letters, digits and _, and no word of the language")


def _of_exported(found: Exported, module: nn.Module) -> Imported:
    tensors = module.state_dict()
    origins = {here: WeightOrigin(w, tuple(tensors[w.name].shape)) for here, w in found.names.items()}
    return Imported(found.name, found.spec, found.weights, origins, (), found.compared, True, found.temperatures)


def _imported(
    module: nn.Module,
    inputs: list[Tensor],
    of: type,
    name: str,
    kind: str,
    steps: int,
    *,
    multi_step: bool | None,
    approximate: bool,
) -> Imported:
    """Writes a module, and compares it with its network."""
    converted = convert(module, inputs, multi_step=multi_step, steps=steps, approximate=approximate)
    statements = converted.statements
    multi_step = statements.multi_step
    source = f"{of.__module__}.{of.__qualname__}, taken over from PyTorch."
    one_step = not statements.stateful and not multi_step
    written = write(statements, name, kind, source, 1 if one_step else statements.time)
    program = Program.of_text(written.text, f"{name}.sdhs")
    problems = program.check("retrain")
    if problems.has_errors:
        first = next(iter(problems))
        help = first.help or ("use such a number in the module" if first.code == "SG0304" else REPORT)
        raise ForeignError(f"the language refuses what the module does: {first.summary}", help)
    built = program.build("retrain")
    nodes = [n for n in built.space if not (n.op.traits.source or n.op.traits.carries)]
    if len(nodes) != len(written.order):
        raise ForeignError(f"the spec has {len(nodes)} operations, the module {len(written.order)}", REPORT)
    pairs = list(zip(nodes, written.order, strict=True))
    names = {f"{leaf}.{own}": weight for node, s in pairs for leaf in node.leaves for own, weight in s.weights.items()}
    model = lower(built.graph, plain=built.plain, space=built.space)
    own, tensors = model.state_dict(), module.state_dict()
    if own.keys() != names.keys():
        raise ForeignError(f"the spec and the module don't both have `{min(own.keys() ^ names.keys())}`", REPORT)
    if missing := [w.name for w in names.values() if w.name not in tensors]:
        raise computed(missing[0])
    model = model.double()  # the module may have numbers that float32 can't hold
    origins = {here: WeightOrigin(w, tuple(tensors[w.name].shape)) for here, w in names.items()}
    weights = {here: ours(w, tensors[w.name].double()) for here, w in names.items()}
    for here, w in weights.items():
        if w.numel() != own[here].numel():
            name, shape = names[here].name, list(own[here].shape)
            raise ForeignError(f"`{name}` is {list(w.shape)} in the module, but {shape} in the spec", REPORT)
    weights = {here: w.detach().clone().reshape(own[here].shape) for here, w in weights.items()}
    model.load_state_dict(weights)
    weights = {here: w.to(tensors[names[here].name].dtype) for here, w in weights.items()}
    doubles = module.double().requires_grad_(), model
    pairing = Pairing(*doubles, converted, pairs, names, multi_step)
    if converted.reading.states is not None:
        steps = converted.reading.steps or steps
    compared = agree(pairing, inputs, 1 if statements.time is not None else min(steps, 2) if one_step else steps)
    return Imported(name, written.text, weights, origins, tuple(statements.changed), compared)
