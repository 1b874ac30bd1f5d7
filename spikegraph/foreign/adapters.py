"""The registry of adapters: how layers and functions of PyTorch and of other libraries are written in the language."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.layout import Layout, flat_behind, in_order, shuffled, unshuffled, whole, worded
from spikegraph.foreign.numbers import written_value
from spikegraph.foreign.statements import (
    LEADS,
    Change,
    Lead,
    NeuronForm,
    Number,
    Operand,
    Own,
    Place,
    Statement,
    Statements,
    Value,
    Weight,
)
from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.registry import Registry

Adapter = Callable[..., Any]
"""(call, *operands) -> the value, or several, of a layer or function; `call` adds operations, or refuses."""

ADAPTERS: Registry[Adapter] = Registry(
    "adapter", "spikegraph.adapters", package="spikegraph.foreign.known", kind=FUNCTION, needed=False
)
"""Adapters by the full name of a class, such as `torch.nn.Conv2d`, a function, `torch.flatten`, or a method, `Tensor.view`."""

FAMILIES: Registry[str] = Registry(
    "family of layers", "spikegraph.adapters", package="spikegraph.foreign.known", kind=str, needed=False
)
"""Base classes of layers with a state, by full name, with what to write instead of one that has no adapter."""

RESET = "reset the module first, as functional.reset_net(module) of SpikingJelly or snntorch.utils.reset(module) does"

ANY_LAYOUT: set[Adapter] = set()
"""Adapters that take values whose dimensions are in any order; others get them in that of the language."""


TAKES_TENSORS: set[Adapter] = set()
"""Adapters of functions that take tensors of the module itself, as `Own`."""


def adapter(*names: str, any_layout: bool = False, tensors: bool = False) -> Callable[[Adapter], Adapter]:
    """Decorator: registers an adapter for classes, functions or methods by their full names.

    Args:
        names: The full names.
        any_layout: Whether it takes values with a `layout`, whose dimensions aren't [T, N, C, *size].
        tensors: Whether it takes tensors of the module itself, as `Own`.
    """

    def add(function: Adapter) -> Adapter:
        for name in names:
            ADAPTERS.register(name, function)
        if any_layout:
            ANY_LAYOUT.add(function)
        if tensors:
            TAKES_TENSORS.add(function)
        return function

    return add


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
        line: The line of the code that uses it, such as `net.py:12`; empty if that isn't known.
    """

    module: Any
    place: Place
    result: Any
    statements: Statements
    steps: tuple[int | None, int]
    stateful: bool = False
    training: bool = False
    approximate: bool = False
    line: str = ""

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
        both = time * samples
        return tuple({"T": time, "N": samples, "TN": both, "NT": both}[name] for name in lead)

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
        layout: Layout | None = None,
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
            layout: Where the result's numbers lie in the module's tensor, in place of shape, lead and axes.
        """
        model = like if like is not None else next(o for o in operands if isinstance(o, Value))
        prefix = "".join(f"{part}." for part in self.place.path)
        given = {k: w if isinstance(w, Weight) else Weight(w) for k, w in (weights or {}).items()}
        own = {k: replace(w, name=f"{prefix}{w.name}") for k, w in given.items()}
        if layout is not None:
            value = self.laid(self.next_number(), layout, model.lead)
        else:
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
        written = tuple((k, v if isinstance(v, str) else written_value(v)) for k, v in keys.items())
        return self.add("neuron", x, shape=x.shape, weights=weights, neuron=NeuronForm(written), layout=x.layout)

    def next_number(self, later: int = 0) -> int:
        """The number of the next value, or of one behind it."""
        return len(self.statements.inputs) + len(self.statements.body) + later

    def layout(self, x: Value) -> Layout:
        """Where a value's numbers lie in the module's tensor."""
        if x.layout is not None:
            return x.layout
        time, samples = self.sizes(("T",))[0], self.sizes(("N",))[0]
        leads = {"T": whole("T", time), "N": whole("N", samples), "TN": whole("T", time) + whole("N", samples)}
        leads["NT"] = whole("N", samples) + whole("T", time)
        spatial = (whole(str(k), n) for k, n in enumerate(x.size))
        rest = len(x.shape) - len(x.lead) - 1 - x.axes
        dimensions = (*(leads[name] for name in x.lead), whole("C", x.channels), *spatial, *((),) * rest)
        return Layout(dimensions, x.channels, x.size)

    def laid(self, number: int, layout: Layout, lead: Lead) -> Value:
        """A value whose numbers lie so, with the lead that it has if they are in order, where several are possible."""
        still = layout.length("T") != (self.steps[0] or 1)
        for wanted in dict.fromkeys((lead, *LEADS)):
            axes = in_order(layout, wanted) if wanted and not (still and "T" in "".join(wanted)) else None
            if axes is not None:
                return Value(number, layout.shape, wanted, axes)
        return Value(number, layout.shape, (), len(layout.size), layout)

    def seen(self, x: Value, layout: Layout) -> Value:
        """The same value with its numbers elsewhere in the tensor."""
        return self.laid(x.number, layout, x.lead)

    def flat(self, x: Value) -> Value:
        """The value, with an operation that flattens it if the tensor has the pixels of each channel in a row."""
        rows = x.layout is not None and any(flat_behind(x.layout, lead) for lead in LEADS)
        return self.ordered(x) if rows else x

    def over_time(self, x: Value) -> bool:
        """Whether the first dimension is that of the time steps."""
        return self.layout(x).holds(self.layout(x).dimensions[0], "T") if x.layout is not None else x.lead == ("T", "N")

    def ordered(self, x: Value) -> Value:
        """The value with its numbers in the order of the language.

        Raises:
            ForeignError: They aren't, and no operation puts them in order.
        """
        if x.layout is None:
            return x
        for lead in LEADS:
            if flat_behind(x.layout, lead):
                return self.add("flatten", x, shape=x.shape, lead=lead, axes=0)
        groups = shuffled(x.layout)
        if groups is not None:
            return self.add("channel_shuffle", x, params={"groups": groups}, layout=unshuffled(x.layout))
        dimensions = " x ".join(map(worded, x.layout.dimensions))
        raise self.refuse(
            f"its operand has the dimensions {dimensions}", "bring it to [N, C, ...] or [T, N, C, ...] before, as permute does"
        )

    def weights(self, **tensors: Own | None) -> dict[str, str]:
        """Tensors of the module that a function takes, by the operation's own names; they are of the module that calls it.

        Raises:
            ForeignError: They are of another module, or buffers in place of parameters.
        """
        for own_name, own in tensors.items():
            if own is not None and not own.in_order:
                raise self.refuse(
                    f"it takes `{own.name}` with its numbers in another order", "hold it in the order of the layer"
                )
            if own is not None and own.learned == own_name.startswith("running_"):
                other = "a parameter" if own.learned else "a buffer"
                kind = "a buffer, by register_buffer" if own.learned else "a parameter, torch.nn.Parameter"
                raise self.refuse(f"it takes `{own.name}`, which is {other}", f"make it {kind}")
        prefix = "".join(f"{part}." for part in self.place.path)
        given = {name: own.name for name, own in tensors.items() if own is not None}
        for name in given.values():
            if not name.startswith(prefix):
                raise self.refuse(f"it takes `{name}` of another module", "let the module that has it call it")
        return {name: whole_name.removeprefix(prefix) for name, whole_name in given.items()}

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
        return ForeignError(f"{self._what}: {why}", instead).at(self.line)
