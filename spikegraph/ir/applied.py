"""An operation on operands of some types, which many nodes of a graph share."""

from dataclasses import field
from functools import cached_property
from math import prod

from spikegraph.base.record import record
from spikegraph.ir.arithmetic import Arithmetic, Product
from spikegraph.ir.limits import Leaves, Tensors
from spikegraph.ir.opdef import Op
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Value
from spikegraph.plugins.returned import of_type


@record
class Applied:
    """An operation on operands of some types. What follows from these alone is found once.

    Attributes:
        op: The operation.
        operands: The types of the operands.
        value: The type of the result.

    Raises:
        TypeRuleError: The operands don't fit the operation's type rule.
        TypeError: The rule returns no type.
    """

    op: Op
    operands: tuple[Value, ...]
    value: Value = field(init=False, compare=False)

    def __post_init__(self) -> None:
        found = of_type(Value, self.op.infer(*self.operands), self.op.infer, f"the type rule of `{self.op.name}`")
        if self.op.traits.over_time and not found.steps:
            summary = f"the result of `{self.op.name}`, which needs all time steps, must have time steps"
            raise TypeRuleError(summary, "return a value with `steps = True` from its type rule")
        object.__setattr__(self, "value", found)

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """What it multiplies, per time step and sample."""
        return self.op.products(*self.operands)

    @cached_property
    def arithmetic(self) -> Arithmetic | None:
        """What it computes; None if the operation doesn't say."""
        return self.op.arithmetic(*self.operands)

    @cached_property
    def parameters(self) -> int:
        """The number of its trainable parameters, whatever its name."""
        return sum(prod(shape) for shapes in self.leaves("weights").values() for shape in shapes.values())

    def leaves(self, name: str) -> Leaves:
        """Shapes of its trainable tensors, where its own weights are called `name`."""
        if self.tensors is None:
            return self.op.leaves(name, *self.operands)
        return {name: self.tensors} if self.tensors else {}

    @cached_property
    def tensors(self) -> Tensors | None:
        """Shapes of its trainable tensors; None for an operation that joins several and has theirs."""
        return self.op.weights(*self.operands) if type(self.op).leaves is Op.leaves else None
