"""Operations that take axes away or leave values out: flatten, dropout."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Copies
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.windows import product
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import closed
from spikegraph.ir.types import Value


@register
class Flatten(Op):
    """Makes all numbers of a time step channels, for a linear layer: channel by channel, each in the order of its axes.

    x: any kind, [C, *size]  ->  the same kind, [C * product of size]. A network that flattens takes only inputs of the declared
    size.
    """

    name: ClassVar[str] = "flatten"

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x.with_(channels=product(x.shape), size=())

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample()

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies()


@register
class Dropout(Op):
    """Sets numbers to 0 with a probability, in training only, and divides the others by 1 - probability.

    x: any kind, [C, *size]  ->  the same type, which it has where it is deployed. A sequence has one mask for all of its time
    steps. The random numbers are those of the run, so that a resumed run draws the same.
    """

    name: ClassVar[str] = "dropout"
    traits: ClassVar[Traits] = Traits(scales=True)
    probability: Annotated[float, Field(ge=0, lt=1)] = 0.5

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample(draw.some(0.5, probability=lambda: draw.choice((0, 0.25))))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(moves=False)
