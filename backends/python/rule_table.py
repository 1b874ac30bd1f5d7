"""The registry of what operations are in Python."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

from spikegraph.backends.python.neuron_classes import NeuronClasses
from spikegraph.ir.graph import Node
from spikegraph.ir.opdef import AnyOp, AnyOp_co
from spikegraph.ir.plug_ins import registering
from spikegraph.ir.types import Value
from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.registry import Registry


class UnwritableError(Exception):
    """An operation that can't be written; the text says why.

    Attributes:
        help: How to change the spec.
        node: The operation, once it is known.
    """

    def __init__(self, why: str, help: str | None = None) -> None:
        super().__init__(why)
        self.help = help
        self.node: Node | None = None


class DissolvedError(Exception):
    """A use of a block can't be a call of a class: its operations are written where it is used.

    Attributes:
        path: The path of its weights.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True)
class Tensor:
    """A tensor of the network, under the name that it has in a layer.

    Attributes:
        name: Its name in the network's weights, such as `weight`.
        exchanged: Of a transposed convolution, whose first two axes torch exchanges, the number of its groups; 0 of others.
    """

    name: str
    exchanged: int = 0


Tensors = Mapping[str, Tensor]

WEIGHT_AND_BIAS: Tensors = {"weight": Tensor("weight"), "bias": Tensor("bias")}
STATISTICS: Tensors = {"running_mean": Tensor("running_mean"), "running_var": Tensor("running_var")}


@dataclass(frozen=True)
class Layer:
    """A module, made once and called with the operands.

    Attributes:
        text: The text that makes it, such as `nn.Conv2d(3, 8, 3)`.
        tensors: Its tensors, by their names in it.
        each_step: Whether it takes [N, C, *size], so that time steps are joined with samples around it; else [T, N, C, *size].
        operands: How many of the first operands it is called with; None if all.
        in_loop: How it is called with one time step, [N, C, *size], of a loop: `{self}` is the layer, `{x}` its operands, `{t}`
            the step, `{state}` what it returned behind its value at the step before, None at the first.
    """

    text: str
    tensors: Tensors = field(default_factory=dict[str, Tensor])
    each_step: bool = False
    operands: int | None = None
    in_loop: str = "{self}({x})"

    @property
    def remembers(self) -> bool:
        """Whether it returns a state in a loop."""
        return "{state}" in self.in_loop


@dataclass(frozen=True)
class Expression:
    """An expression, `{0}`, `{1}` and so on are its operands, and `{time}` is the number of time steps.

    Attributes:
        text: The expression.
        whole: Whether it needs no parentheses as an operand of others.
        steps: Whether its operands must have time steps.
    """

    text: str
    whole: bool = True
    steps: bool = False


@dataclass(frozen=True)
class Place(Generic[AnyOp_co]):
    """Where an operation is written.

    Attributes:
        node: Its node.
        neurons: The classes of the module's neurons.
        helpers: Names of helpers that are needed, which rules add to.
        in_loop: Whether it takes one time step, [N, C, *size], in a loop.
    """

    node: Node[AnyOp_co]
    neurons: NeuronClasses
    helpers: dict[str, None]
    in_loop: bool = False

    @property
    def op(self) -> AnyOp_co:
        """The operation."""
        return self.node.op

    @property
    def x(self) -> Value:
        """The type of its first operand."""
        return self.node.operand_values[0]

    @property
    def axes(self) -> int:
        """The number of spatial axes of its first operand."""
        return len(self.x.size)

    def help(self, name: str) -> str:
        """The name of a helper, which is then part of the module."""
        self.helpers[name] = None
        return name

    def steps(self, operand: int = 0) -> bool:
        """Whether an operand has an axis of time where this is written."""
        return self.node.operand_values[operand].steps and not self.in_loop


RuleOf = Callable[[Place[AnyOp]], Layer | tuple[Layer, ...] | Expression]
"""How an operation is written, also as several layers one behind the other; raises `UnwritableError` where it can't be."""

Rule = RuleOf[Any]
"""The rule of an operation that the registry knows."""

RULES: Registry[Rule] = Registry(
    "rule for Python", "spikegraph.python", package="spikegraph.backends.python.rules", kind=FUNCTION, needed=False
)
"""The rules by the operation's name. An operation without a rule is refused."""


def rule(*operations: type[AnyOp], replace: bool = False) -> Callable[[RuleOf[AnyOp]], RuleOf[AnyOp]]:
    """Decorator that makes a function the rule of operations.

    Args:
        operations: The operations' classes.
        replace: Replace the rules that they have.

    Raises:
        RegistrationError: An operation has a rule, and `replace` is false; or one isn't the class of an operation.
    """
    return registering(RULES, operations, "rule", replace=replace)


def of_axes(given: int | str | Sequence[int], axes: int) -> Any:
    """A number for all axes where they have one, else a tuple."""
    numbers = (given,) * axes if isinstance(given, int | str) else tuple(given)
    return numbers[0] if len(set(numbers)) == 1 else numbers
