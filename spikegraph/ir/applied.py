"""An operation on operands of some types, which many nodes of a graph share."""

from collections.abc import Mapping
from functools import cached_property
from math import prod

from spikegraph.base.record import record
from spikegraph.ir.arithmetic import Arithmetic, Product
from spikegraph.ir.limits import Leaves
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
    """

    op: Op
    operands: tuple[Value, ...]

    @cached_property
    def value(self) -> Value:
        """The type of the result.

        Raises:
            TypeRuleError: The operands don't fit the operation's type rule.
            TypeError: The rule returns no type.
        """
        found = of_type(Value, self.op.infer(*self.operands), self.op.infer, f"the type rule of `{self.op.name}`")
        if self.op.traits.over_time and not found.steps:
            summary = f"the result of `{self.op.name}`, which needs all time steps, must have time steps"
            raise TypeRuleError(summary, "return a value with `steps = True` from its type rule")
        return found

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
        if type(self.op).leaves is not Op.leaves:
            return self.op.leaves(name, *self.operands)
        return {name: self._weights} if self._weights else {}

    @cached_property
    def _weights(self) -> Mapping[str, tuple[int, ...]]:
        return self.op.weights(*self.operands)
