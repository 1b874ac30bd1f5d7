"""Operations of stereo matching: cost volume, planes, estimates (Che et al., NeurIPS 2022, Eqs. 5 and 13)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Copies, Function, Interpolation
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.framing import Stack
from spikegraph.ir.ops.reduction import Reduce
from spikegraph.ir.ops.windows import Window
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import TypeRuleError, closed, same_size
from spikegraph.ir.types import Kind, Value, widest

if TYPE_CHECKING:
    from spikegraph.ir.parts import Parts


Support = Window | Literal["all"]
"""The planes on each side of the best one that an estimate averages, or all planes."""


@register
class CostVolume(Op):
    """Cost volume (Eq. 13): left features concatenated with right features that are shifted by 0 .. planes - 1 pixels.

    left, right: any kind, [C, H, W]  ->  the wider kind, [2C, planes, H, W]. Where a shifted right view has no pixel, its
    features are 0; with `zero = both` the left ones are 0 there too.
    """

    name: ClassVar[str] = "cost_volume"
    planes: PositiveInt
    zero: Literal["right", "both"] = "right"

    @override
    def infer(self, left: Value, right: Value) -> Value:
        same_size(self.name, (left, right), channels=True)
        if len(left.size) != 2:
            raise TypeRuleError(f"`cost_volume` needs feature maps [C, H, W], not {left}", code="SG0302")
        kind, bound = widest((left, right))
        size, steps = (self.planes, *left.size), left.steps or right.steps
        return left.with_(kind=kind, bound=bound, channels=2 * left.channels, size=size, steps=steps)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if len(x.size) != 2:
            return None
        right = draw.choice((*(y for y in others if y.levels == 1 and y.shape == x.shape), ()))
        return Sample({"planes": draw.integer(1, 4), **draw.some(0.3, zero=lambda: "both")}, (right,))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(zeros=True)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"cost volume, {self.planes} planes"


@register
class Planes(Op):
    """Similarity planes, bilinearly resized to the size of another value; with a scale the planes are interpolated too.

    similarity: any kind, [1, D, h, w]; like: any, [*, H, W]  ->  real, [D * scale, H, W].
    """

    name: ClassVar[str] = "planes"
    written: ClassVar[bool] = False
    scale: Window = 1

    @override
    def infer(self, similarity: Value, like: Value) -> Value:
        closed(self.name, similarity)
        if similarity.channels != 1 or len(similarity.size) != 3:
            raise TypeRuleError(
                f"a subpixel estimate needs one channel of planes [1, D, H, W], not {similarity}",
                "give the layer before it `out = 1`",
                "SG0302",
            )
        if len(like.size) != 2:
            raise TypeRuleError(f"a subpixel estimate needs the size of a 2-d value, not {like}", code="SG0302")
        return similarity.with_(kind=Kind.REAL, channels=similarity.size[0] * self.scale, size=like.size)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Interpolation(of=(0,))

    @property
    @override
    def interpolates(self) -> bool:
        return True


@register
class Estimate(Op):
    """Subpixel estimate of the disparity (Eq. 5) from planes at full size.

    planes: real, [D, H, W]  ->  real, [1, H, W], disparities in pixels; plane d is a disparity of `step * d`. With
    `support = all` it is the mean over all planes, weighted by their softmax.
    """

    name: ClassVar[str] = "estimate"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(gives="disparity")
    step: Window = 2
    support: Support = 2

    @override
    def infer(self, planes: Value) -> Value:
        return planes.with_(kind=Kind.REAL, channels=1)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Function()


@register
class Subpixel(Op):
    """Disparity at the network's input size from similarity planes (Eq. 5).

    similarity: [1, D, h, w]; like: an input with the size of the disparity, by default the network's first  ->  real,
    [1, H, W], in pixels. Plane d is a disparity of `step * d`. The estimate averages the best plane and `support` planes
    on each side of it, weighted by their softmax; with `support = all` it averages all planes (Kendall et al., ICCV 2017).
    With a `scale` each plane first becomes so many, interpolated linearly, and `step` is that of these.
    """

    name: ClassVar[str] = "subpixel"
    traits: ClassVar[Traits] = Traits(expanded_by="expand-layers", gives="disparity")
    implied: ClassVar[tuple[str, ...]] = ("like",)
    step: Window = 2
    support: Support = 2
    scale: Window = 1

    @override
    def infer(self, similarity: Value, like: Value) -> Value:
        return self._estimate.infer(self._planes.infer(similarity, like))

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if len(x.size) not in (2, 3):
            return None
        before: tuple[Op, ...] = () if x.channels == 1 else (Reduce(over="channels", by="mean"),)
        before += () if len(x.size) == 3 else (Stack(planes=draw.integer(1, 3)),)
        like = [y for y in others if y.levels == 1 and len(y.size) == 2]
        arguments = draw.some(
            0.4, step=lambda: draw.integer(1, 3), support=lambda: draw.choice((1, "all", 3)), scale=lambda: draw.integer(1, 2)
        )
        return Sample(arguments, (draw.choice(like),) if like and draw.boolean(0.7) else (), before)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "mean of all planes" if self.support == "all" else f"subpixel estimate, {self.support} planes to each side"

    @override
    def expand(self, parts: "Parts", operands: tuple[str, ...]) -> str:
        return parts.end(self._estimate, parts.add("planes", self._planes, operands))

    @property
    def _planes(self) -> Planes:
        return Planes(scale=self.scale)

    @property
    def _estimate(self) -> Estimate:
        return Estimate(step=self.step, support=self.support)


@register
class Disparity(Op):
    """Says that a map is the disparity in pixels, for losses and metrics; networks that estimate it without planes need it.

    x: any kind, [1, H, W]  ->  the same.
    """

    name: ClassVar[str] = "disparity"
    traits: ClassVar[Traits] = Traits(gives="disparity_map")

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        if x.channels != 1 or len(x.size) != 2:
            raise TypeRuleError(f"`disparity` needs a map [1, H, W], not {x}", "give the layer before it `out = 1`", "SG0302")
        return x

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if len(x.size) != 2:
            return None
        return Sample(before=() if x.channels == 1 else (Reduce(over="channels", by="sum"),))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(moves=False)
