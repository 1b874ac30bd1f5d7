"""The operation that gives nothing, so that a search can remove an edge or a branch."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Zeros
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.windows import shrunk
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import closed
from spikegraph.ir.types import Kind, Value


@register
class Zero(Op):
    """Zeros: an edge or a branch that gives nothing.

    x: any kind, [C, *size]  ->  spike (none at any step), [out, *ceil(size / stride)]; the default of `out` is C.
    """

    name: ClassVar[str] = "zero"
    traits: ClassVar[Traits] = Traits(silent=True, on_edge=True, set_by_edge=("out", "stride"))
    out: PositiveInt | None = None
    stride: PositiveInt = 1

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x.with_(kind=Kind.SPIKE, bound=1, channels=self.out or x.channels, size=shrunk(x.size, self.stride))

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample(draw.some(0.3, out=lambda: draw.integer(1, 4), stride=lambda: draw.integer(2, 3)))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Zeros()
