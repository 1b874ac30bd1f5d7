"""The registry of adapters: how layers and functions of PyTorch and of other libraries are written in the language."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast

from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.statements import Change, Lead, NeuronForm, Number, Operand, Place, Statement, Statements, Value, Weight
from spikegraph.plugins.registry import Registry

if TYPE_CHECKING:
    from torch import nn

Adapter = Callable[..., Any]
"""(call, *operands) -> the value, or several, of a layer or function; `call` adds operations, or refuses."""

ADAPTERS: Registry[Adapter] = Registry("adapter", "spikegraph.adapters", package="spikegraph.foreign.known")
"""Adapters by the full name of a class, such as `torch.nn.Conv2d`, a function, `torch.flatten`, or a method, `Tensor.view`."""

FAMILIES: Registry[str] = Registry("family of layers", "spikegraph.adapters", package="spikegraph.foreign.known")
"""Base classes of layers with a state, by full name, with what to write instead of one that has no adapter."""

RESET = "reset the module first, as functional.reset_net(module) of SpikingJelly or snntorch.utils.reset(module) does"

_HARMLESS = ("extra_repr", "reset_parameters", "reset", "state_dict", "load_state_dict", "train", "eval")
"""Methods that a class may have of its own and compute as its base class."""


def adapter(*names: str) -> Callable[[Adapter], Adapter]:
    """Decorator: registers an adapter for classes, functions or methods by their full names."""

    def add(function: Adapter) -> Adapter:
        for name in names:
            ADAPTERS.register(name, function)
        return function

    return add


def number(value: float) -> str:
    """A number as a spec writes it, without losing a digit."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _written(value: float) -> str:
    return str(value).lower() if isinstance(value, bool) else number(value)


@cache
def full_names(kind: type) -> tuple[str, ...]:
    """The names by which a class may be known: with its own module, and with the packages around it that export it."""
    parts = kind.__module__.split(".")
    found = [f"{kind.__module__}.{kind.__qualname__}"]
    for length in range(len(parts) - 1, 0, -1):
        package = ".".join(parts[:length])
        if getattr(importlib.import_module(package), kind.__name__, None) is kind:
            found.append(f"{package}.{kind.__name__}")
    return tuple(found)


def adapter_of(module: nn.Module) -> Adapter | None:
    """The adapter of a module's class; of a base class only if the class computes as this does."""
    for kind in type(module).__mro__:
        found = next((ADAPTERS[name] for name in full_names(kind) if name in ADAPTERS), None)
        if found is not None:
            return found if computes_as(type(module), kind) else None
    return None


def computes_as(kind: type, base: type) -> bool:
    """Whether a class has no method of its own in place of one by which its base class computes."""
    own = {name for k in kind.__mro__[: kind.__mro__.index(base)] for name, of in vars(k).items() if callable(of)}
    return not any(hasattr(base, name) for name in own if not name.startswith("__") and name not in _HARMLESS)


def family_of(module: nn.Module) -> str | None:
    """What to write instead of a layer without an adapter whose base class is registered; None for others."""
    names = (name for kind in type(module).__mro__ for name in full_names(kind))
    return next((FAMILIES[name] for name in names if name in FAMILIES), None)


@dataclass
class Call:
    """One use of a layer or function: what an adapter gets to write it in the language.

    Attributes:
        module: The layer; None for a function.
        place: Where it is.
        result: What it returns for the example.
        statements: What was written before, and where this is added.
        steps: Time steps and samples of the example; no steps for a module that takes one at a time.
        stateful: Whether the module has layers that keep a state from step to step.
        training: Whether the whole module is in training mode.
        approximate: Whether approximations were asked for.
    """

    module: Any
    place: Place
    result: Any
    statements: Statements
    steps: tuple[int | None, int]
    stateful: bool = False
    training: bool = False
    approximate: bool = False

    @property
    def stepwise(self) -> bool:
        """Whether the module is called once for each step of a sequence."""
        return self.steps[0] is None and self.stateful

    @property
    def sequence(self) -> bool:
        """Whether the module has several time steps, in one call or in many."""
        return self.steps[0] is not None or self.stateful

    @property
    def first(self) -> Any:
        """What the layer or function returns for the example, or the first of it."""
        return self.results[0]

    @property
    def results(self) -> tuple[Any, ...]:
        """What it returns for the example, as a tuple."""
        found: object = self.result
        return cast("tuple[Any, ...]", found) if isinstance(found, tuple) else (found,)

    def sizes(self, lead: Lead) -> tuple[int, ...]:
        """The sizes of the first dimensions for the example."""
        time, samples = self.steps[0] or 1, self.steps[1]
        return tuple({"T": time, "N": samples, "TN": time * samples}[name] for name in lead)

    def add(
        self,
        op: str,
        *operands: Operand,
        params: Mapping[str, Number] = {},
        like: Value | None = None,
        shape: Sequence[int] | None = None,
        lead: Lead | None = None,
        axes: int | None = None,
        weights: Mapping[str, str | Weight] | None = None,
        neuron: NeuronForm | None = None,
    ) -> Value:
        """Adds an operation and returns its result.

        Args:
            op: The operation's name; `neuron` for a neuron.
            operands: Its operands.
            params: The operation's parameters.
            like: A value whose shape and dimensions the result has where nothing else is said; by default the first operand.
            shape: The shape of the result as a tensor of the module; by default that of the layer's result.
            lead: What its first dimensions are.
            axes: Its spatial axes.
            weights: The layer's tensors, by the operation's own names.
            neuron: The neuron.
        """
        model = like if like is not None else next(o for o in operands if isinstance(o, Value))
        prefix = "".join(f"{part}." for part in self.place.path)
        given = {k: w if isinstance(w, Weight) else Weight(w) for k, w in (weights or {}).items()}
        own = {k: Weight(f"{prefix}{w.name}", w.sign) for k, w in given.items()}
        shape = tuple(self.first.shape if shape is None else shape)
        value = Value(self.next_number(), shape, lead or model.lead, model.axes if axes is None else axes)
        self.statements.body.append(Statement(op, operands, value, params, own, self.place, neuron))
        return value

    def neuron(self, x: Value, keys: Mapping[str, str | float], weights: Mapping[str, str | Weight] | None = None) -> Value:
        """Adds a neuron with these keys of its declaration, of which words, surrogates and models are texts as in a spec."""
        endless = [k for k, v in keys.items() if isinstance(v, float) and not math.isfinite(v)]
        if endless:
            raise self.refuse(f"its {endless[0]} is {keys[endless[0]]}", "use a finite number")
        for name, value in keys.items():
            if name == "decay" and isinstance(value, float) and not 0 <= value <= 1:
                raise self.refuse(f"its potential decays by the factor {value:g} at each step", "use a factor from 0 to 1")
            if name == "threshold" and isinstance(value, float) and value <= 0:
                raise self.refuse(f"its threshold is {value:g}", "use a threshold above 0")
        written = tuple((k, v if isinstance(v, str) else _written(v)) for k, v in keys.items())
        return self.add("neuron", x, shape=x.shape, weights=weights, neuron=NeuronForm(written))

    def next_number(self, later: int = 0) -> int:
        """The number of the next value, or of one behind it."""
        return len(self.statements.inputs) + len(self.statements.body) + later

    def seen_as(self, x: Value, shape: tuple[int, ...], lead: Lead, axes: int) -> Value:
        """The same value with its dimensions merged, parted or dropped."""
        return Value(x.number, shape, lead, axes)

    def own_states(self, *states: Any) -> None:
        """Checks that a layer isn't given a state by the module's code: in its first step it has none.

        Raises:
            ForeignError: It is.
        """
        if any(state is not None for state in states):
            raise self.refuse(
                "its state in the first step isn't None",
                "let `forward` take the state as an argument that is None by default, in place of init_leaky() or zeros, "
                "and return the new one",
            )

    def at_start(self, *states: Any) -> None:
        """Checks that states that a layer keeps itself are those of a sequence's start: no tensors with numbers.

        Raises:
            ForeignError: It has the state of an earlier call.
        """
        if any(hasattr(state, "numel") and state.numel() for state in states):
            raise self.refuse("it has the state of an earlier call", RESET)

    def approximation(self, change: str, instead: str, *, affects: Literal["training", "gradients"]) -> None:
        """Notes a difference, if approximations were asked for; results in evaluation must not differ.

        Raises:
            ForeignError: They weren't.
        """
        if not self.approximate:
            raise self.refuse(change, f"{instead}; or ask for an approximation")
        self.statements.changed.append(Change(f"{self._what}: {change}", affects))

    @property
    def _what(self) -> str:
        return f"`{self.place.dotted}`, {self.place.operation}" if self.place.path else f"the module, {self.place.operation}"

    def refuse(self, why: str, instead: str) -> ForeignError:
        """The error that this can't be written in the language: raise it."""
        return ForeignError(f"{self._what}: {why}", instead)
