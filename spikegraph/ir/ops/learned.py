"""Numbers that training finds and that depend on nothing: class tokens, embeddings of positions."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field, PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Learned
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.type_rules import closed
from spikegraph.ir.types import Kind, Value


@register
class LearnedValue(Op):
    """Trained numbers of a shape, such as a class token or the embedding of positions, the same for all samples and steps.

    x: any kind, [C, *of]  ->  real, [channels, *size], by default [C, *of], the same at every time step. No number of x is
    used. Before training all are `start`. Without a `size` the network takes only inputs of the declared size.
    """

    name: ClassVar[str] = "learned"
    by_place: ClassVar[int | None] = 0
    channels: PositiveInt | None = None
    size: Annotated[tuple[PositiveInt, ...], Field(max_length=3)] | None = None
    start: Annotated[float, Field(allow_inf_nan=False)] = 0.0

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        size = x.size if self.size is None else self.size
        return Value(Kind.REAL, self.channels or x.channels, size, steps=False)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        arguments = draw.some(
            0.3,
            channels=lambda: draw.integer(1, 4),
            size=lambda: [draw.integer(1, 3) for _ in range(draw.integer(0, 3))],
            start=lambda: draw.choice((0.5, 0.0, -1.0)),
        )
        return Sample(arguments)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Learned(of=())

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        return {"value": self.infer(*operands).shape}

    @override
    def initial(self) -> Mapping[str, float]:
        return {"value": self.start}

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"learned, {' × '.join(map(str, value.shape))}"
