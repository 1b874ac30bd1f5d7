"""Operations on the frames of a stack of events: a learned weight for each time instead of one for each channel."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Constants, Multiplication, Product
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.convolution import Conv
from spikegraph.ir.ops.windows import product
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.type_rules import TypeRuleError, closed, spatial
from spikegraph.ir.types import Kind, Value


@register
class FrameTimes(Op):
    """The times of the frames of a stack, from -1 (the first) towards 0 (the end of the stack), as positions on one axis.

    x: any kind, [F, *size]  ->  real, [1, F], the same at every time step: t[f] = f / F - 1.
    """

    name: ClassVar[str] = "frame_times"

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return Value(Kind.REAL, 1, (x.channels,), steps=False)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample()

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Constants(of=())

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "times of the frames"


@register
class WeighFrames(Op):
    """Mean of the events of a pixel, each with the weight that a network gives its time (Tulyakov et al., ICCV 2019, Eq. 1).

    x: events of F frames, any kind, [F, *size]; weights: real, [out, F], from `frame_times`  ->  real, [out, *size]:
    y[c] = shift[c] + sum over f of weights[c, f] * x[f] / n, where n is the number of frames with x[f] != 0 (1 if there are
    none).
    """

    name: ClassVar[str] = "weigh_frames"

    @override
    def infer(self, x: Value, weights: Value) -> Value:
        spatial(self.name, x)
        closed(self.name, weights)
        if weights.size != (x.channels,):
            help = "compute the weights from `frame_times` of the same value"
            raise TypeRuleError(f"`weigh_frames` needs weights [out, {x.channels}] for {x}, not {weights}", help, "SG0302")
        return x.with_(kind=Kind.REAL, channels=weights.channels, steps=x.steps or weights.steps)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if not 1 <= len(x.size) <= 3:
            return None
        return Sample(operands=((FrameTimes(), Conv(kernel=1, out=draw.integer(1, 3))),))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        x, weights = operands
        count = product(x.shape) * weights.channels
        mean = Product(0, ((0, 1), ()))  # times one over the number of frames with events: too few to count
        return Multiplication(products=(Product(count, ((0,), (1,))), mean), exact=False)

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        return {"shift": (operands[1].channels,)}
