"""The computation of a module in the operations of the language: a list of statements, each with the module that it is from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from spikegraph.foreign.layout import Layout

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")
"""Classes of PyTorch that only hold other modules."""

Lead = tuple[Literal["T", "N", "TN", "NT"], ...]
"""The dimensions before the channels: time steps and samples, both in one, in one of two orders, or samples alone."""

LEADS: tuple[Lead, ...] = (("T", "N"), ("TN",), ("N",), ("NT",))

Number = bool | int | float | str | tuple[int, ...]
"""What a parameter of an operation can be."""


@dataclass(frozen=True)
class Value:
    """The result of a statement, or an input.

    Attributes:
        number: Its place among all values.
        shape: The shape of the module's tensor for the example.
        lead: What the first dimensions of this shape are.
        axes: The spatial axes in the language; the tensor may have more, of length 1, after a global pooling.
        layout: Where its numbers lie in the tensor, if not in the order of the language; `lead` is empty then.
    """

    number: int
    shape: tuple[int, ...]
    lead: Lead
    axes: int
    layout: Layout | None = None

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self.shape[len(self.lead)] if self.layout is None else self.layout.channels

    @property
    def size(self) -> tuple[int, ...]:
        """The sizes of the spatial axes."""
        return self.shape[len(self.lead) + 1 :][: self.axes] if self.layout is None else self.layout.size


@dataclass(frozen=True)
class Complement:
    """1 - x, which the language has as the first operand of `iand`."""

    of: Value


@dataclass(frozen=True)
class Total:
    """The sum of a value over all time steps, of which it isn't known yet whether it is divided by their number.

    Attributes:
        reduced: What computes the mean, or the sum.
        steps: The number of time steps of the example.
    """

    reduced: Callable[[Literal["mean", "sum"]], Value]
    steps: int


@dataclass(frozen=True)
class Own:
    """A tensor of the module that a function takes, such as a weight of `batch_norm`.

    Attributes:
        name: Its name in the module's state dict.
        tensor: The tensor.
        learned: Whether it is a parameter; others are buffers.
        places: A tensor with the place of each number in `tensor`, if code has brought it to another shape.
    """

    name: str
    tensor: Any
    learned: bool
    places: Any = None

    @property
    def placed(self) -> Any:
        """The place of each number, in the shape that it has now."""
        count: int = self.tensor.numel()
        return self.tensor.new_tensor(range(count)).long().reshape(self.tensor.shape) if self.places is None else self.places

    @property
    def in_order(self) -> bool:
        """Whether its numbers are all there in their order."""
        return self.places is None or self.places.flatten().tolist() == list(range(self.tensor.numel()))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that it has now."""
        return tuple((self.tensor if self.places is None else self.places).shape)


@dataclass(frozen=True)
class Weight:
    """A tensor of the module.

    Attributes:
        name: Its name in the module's state dict.
        factor: Ours is so many times it.
        groups: For the weights of a transposed convolution its groups: in each of them ours has the channels exchanged.
        order: The places of our numbers in the tensor, if they aren't in its order.
    """

    name: str
    factor: float = 1.0
    groups: int | None = None
    order: tuple[int, ...] | None = None


@dataclass(frozen=True)
class NeuronForm:
    """A neuron as a declaration.

    Attributes:
        keys: Its keys as they are written, such as `decay` and `0.5`.
        model: The declaration of its model, if the language doesn't have it.
    """

    keys: tuple[tuple[str, str], ...]
    model: str = ""

    @property
    def stateful(self) -> bool:
        """Whether it keeps something from step to step."""
        return "\n  state " in self.model if self.model else not dict(self.keys).get("model", "").startswith("relu")


@dataclass(frozen=True)
class StepBefore:
    """The value of a statement at the step before; the statement comes later."""

    number: int


Operand = Value | StepBefore


@dataclass(frozen=True)
class Place:
    """Where in the module a statement is from.

    Attributes:
        path: The names of the modules around it, outermost first, with its own layer's if it is of one.
        kinds: The class of each of these modules.
        operation: The layer or function, for messages.
        layer: Whether the last module is the layer itself.
    """

    path: tuple[str, ...]
    kinds: tuple[type, ...]
    operation: str
    layer: bool

    @property
    def around(self) -> tuple[str, ...]:
        """The path of the module that calls the layer or function."""
        return self.path[:-1] if self.layer else self.path

    @property
    def dotted(self) -> str:
        """The module's path as PyTorch writes it; `the module` for the whole."""
        return ".".join(self.path)


@dataclass(frozen=True)
class Statement:
    """An operation of the language on values before it.

    Attributes:
        op: The operation's name; `neuron` for the neuron.
        operands: Its operands.
        result: Its result.
        params: Parameters by name, in the order in which they are written.
        weights: The module's tensors by the names of the operation's own.
        place: Where it is from.
        neuron: Its neuron, if it is one or needs one.
    """

    op: str
    operands: tuple[Operand, ...]
    result: Value
    params: Mapping[str, Number]
    weights: Mapping[str, Weight]
    place: Place
    neuron: NeuronForm | None = None

    @property
    def tensors(self) -> tuple[str, ...]:
        """The names of the module's tensors that it has; statements of a layer that is called several times have the same."""
        return tuple(weight.name for weight in self.weights.values())


@dataclass(frozen=True)
class Change:
    """What differs from the module, because approximations were asked for.

    Attributes:
        text: The layer, and what differs.
        affects: What it changes; results in evaluation never differ.
    """

    text: str
    affects: Literal["training", "gradients"]


@dataclass
class Statements:
    """All statements of a module, in an order in which they can be computed.

    Attributes:
        inputs: The inputs by name.
        body: The statements.
        outputs: The results by name.
        returned: For each thing that the module returns whether it is a result; others are states of neurons.
        changed: What differs from the module, because approximations were asked for.
        multi_step: Whether one call of the module computes all time steps.
        time: Time steps for which the module repeats its inputs itself; None if it doesn't.
        anew: Whether the module's neurons begin with a state of zeros at each call, so that nothing is kept.
    """

    inputs: dict[str, Value] = field(default_factory=dict[str, Value])
    body: list[Statement] = field(default_factory=list[Statement])
    outputs: dict[str, Value] = field(default_factory=dict[str, Value])
    returned: list[bool] = field(default_factory=list[bool])
    changed: list[Change] = field(default_factory=list[Change])
    multi_step: bool = False
    time: int | None = None
    anew: bool = False

    def values(self) -> list[Value]:
        """All values: the inputs, then the results of the statements."""
        return [*self.inputs.values(), *(s.result for s in self.body)]

    @property
    def stateful(self) -> bool:
        """Whether a neuron keeps something from step to step."""
        return not self.anew and any(s.neuron.stateful for s in self.body if s.neuron is not None)
