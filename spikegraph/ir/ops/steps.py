"""A value that is the same at every time step, as one with time steps."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Copies
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.type_rules import closed
from spikegraph.ir.types import Value


@register
class EachStep(Op):
    """The value at every time step, so that what follows is computed at each of them, though it is the same.

    x: any kind, [C, *size]  ->  the same kind, [C, *size], with time steps.
    """

    name: ClassVar[str] = "each_step"

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x.with_(steps=True)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample()

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(moves=False)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "at each step"
