"""A module of PyTorch as a spec with its weights."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor, nn

from spikegraph.foreign.agreement import agree
from spikegraph.foreign.convert import convert
from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.statements import Statement, Weight
from spikegraph.foreign.structure import snake
from spikegraph.foreign.text import write
from spikegraph.program import Program
from spikegraph.targets import lower

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


@dataclass(frozen=True)
class Imported:
    """A module of PyTorch as a spec.

    Attributes:
        spec: The spec's text.
        weights: The module's tensors by the names of the spec's network.
        names: For each of these the tensor's name in the module's state dict.
        changed: What differs from the module, if approximations were asked for.
    """

    spec: str
    weights: Mapping[str, Tensor]
    names: Mapping[str, Weight]
    changed: tuple[str, ...]

    @cached_property
    def program(self) -> Program:
        """The spec, checked."""
        return Program.of_text(self.spec, "imported.sdhs").checked()

    def model(self, phase: str = "retrain") -> Model:
        """The compiled module with these weights."""
        built = self.program.build("retrain")
        model = lower(built.graph, "torch", plain=built.plain, space=built.space)
        load(model, self.weights)
        return model

    def state_dict(self, model: nn.Module) -> dict[str, Tensor]:
        """The weights of a model of this spec under the names of the module's state dict."""
        own = model.state_dict()
        return {w.name: own[name] * w.sign if w.sign < 0 else own[name] for name, w in self.names.items()}


def load(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copies weights into a model."""
    own = model.state_dict()
    missing = own.keys() ^ weights.keys()
    assert not missing, missing
    model.load_state_dict({name: w.to(own[name].dtype).view(own[name].shape) for name, w in weights.items()})


def from_torch(
    module: nn.Module,
    example: Tensor | Sequence[Tensor],
    *,
    steps: int = 4,
    name: str | None = None,
    kind: str = "real",
    approximate: bool = False,
) -> Imported:
    """Writes a module of PyTorch, SpikingJelly, snnTorch or norse as a spec, and takes its weights over.

    Args:
        module: The module, at the start of a sequence; it is copied, not changed.
        example: Its inputs: all time steps [T, N, C, ...] of a multi-step model, otherwise one step [N, C, ...].
        steps: Time steps over which a model of one step is compared.
        name: The name of the network; by default that of the module's class.
        kind: The kind of the inputs: `real`, `spike` or `events`.
        approximate: Whether the result may differ where the language has no equal; `.changed` says where.

    Raises:
        ForeignError: A part of the module can't be written in the language, or its results differ.
    """
    inputs = (example,) if isinstance(example, Tensor) else tuple(example)
    several = multi_step(module)
    statements = convert(copy.deepcopy(module), [x.detach() for x in inputs], several=several, approximate=approximate)
    stateful = any(s.op == "neuron" and s.neuron is not None and "relu" not in dict(s.neuron.keys).get("model", "") for s in statements.body)
    kind_of = type(module)
    source = f"{kind_of.__module__}.{kind_of.__qualname__}, taken over from PyTorch."
    written = write(statements, name or snake(kind_of.__name__), kind, source, None if stateful or several else 1)
    program = Program.of_text(written.text, "imported.sdhs")
    found = program.check()
    if found.has_errors:
        raise ForeignError(f"the spec that was written isn't sound: {next(iter(found)).summary}", "please report it")
    nodes = [n for n in program.build("retrain").space if not (n.op.traits.source or n.op.traits.carries)]
    names = _names(nodes, written.order)
    state = module.state_dict()
    weights = {ours: state[w.name].detach().clone() * w.sign if w.sign < 0 else state[w.name].detach().clone() for ours, w in names.items()}
    made = Imported(written.text, weights, names, tuple(statements.changed))
    agree(module, made.model(), statements, list(zip(nodes, written.order, strict=True)), names, inputs, several=several, steps=steps if stateful else 1)
    return made


def _names(nodes: Sequence, order: Sequence[Statement]) -> dict[str, Weight]:
    found: dict[str, Weight] = {}
    if len(nodes) != len(order):
        raise AssertionError((len(nodes), len(order)))
    for node, statement in zip(nodes, order, strict=True):
        for name, tensors in node.leaves.items():
            for tensor in statement.weights:
                found[f"{name}.{tensor}"] = statement.weights[tensor]
    return found


def multi_step(module: nn.Module) -> bool:
    """Whether a module takes all time steps at once: one of SpikingJelly's with step_mode 'm'."""
    return any(getattr(m, "step_mode", None) == "m" for m in module.modules())
