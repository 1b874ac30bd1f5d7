"""The value of another node at the time step before, which closes loops through time."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import NonNegativeInt, PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Copies
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.traits import Traits
from spikegraph.ir.types import Kind, Value


@register
class Previous(Op):
    """Value of another node at the time step before; zero at the first step.

    ->  the type of its source, with time steps also where the source is the same at every step, since the first value is
    zero. The graph lists the source among its carried values; it is no operand, so the graph has no cycle.
    """

    name: ClassVar[str] = "previous"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(carries=True, stateful=True)
    kind: Kind
    channels: PositiveInt
    size: tuple[NonNegativeInt, ...] = ()
    bound: PositiveInt = 1

    @classmethod
    def of(cls, source: Value) -> "Previous":
        """The operation for a source of this type."""
        return cls(kind=source.kind, channels=source.channels, size=source.size, bound=source.bound)

    @override
    def infer(self) -> Value:
        return Value(self.kind, self.channels, self.size, self.bound)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(moves=False, zeros=True)

    @override
    def carrying(self, source: Value) -> "Previous":
        return self.of(source)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "value at the step before"
