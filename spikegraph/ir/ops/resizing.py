"""Operations without weights that change the resolution."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Copies, Interpolation
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.windows import LARGEST_WINDOW, Window, shrunk
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import TypeRuleError, closed, spatial
from spikegraph.ir.types import Kind, Value

if TYPE_CHECKING:
    from spikegraph.ir.parts import Parts

Mode = Literal["nearest", "bilinear"]

Down = Literal["stride", "resize"]
"""How a cell takes in an input of a finer resolution: by a stride of its convolutions, or by a resizing before them."""


def resized(x: Value, size: tuple[int, ...], mode: Mode) -> Value:
    """The type after resizing: nearest keeps the kind, bilinear makes it real."""
    return x.with_(size=size) if mode == "nearest" else x.with_(kind=Kind.REAL, size=size)


def doubled(n: int, scale: int) -> int:
    """The size after upsampling by a factor: odd n -> (n - 1) * scale + 1, even n -> n * scale."""
    return (n - 1) * scale + 1 if n % 2 else n * scale


@register
class Upsample(Op):
    """Upsampling by a factor; nearest keeps spikes, bilinear makes them real.

    x: any kind, [C, *size]  ->  [C, *size * scale]; an odd size n becomes (n - 1) * scale + 1.
    """

    name: ClassVar[str] = "upsample"
    scale: Window = 2
    mode: Mode = "nearest"

    @override
    def infer(self, x: Value) -> Value:
        spatial(self.name, x)
        return resized(x, tuple(doubled(n, self.scale) for n in x.size), self.mode)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if not 1 <= len(x.size) <= 3:
            return None
        return Sample(draw.some(0.4, scale=lambda: draw.integer(1, 3), mode=lambda: "bilinear"))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies() if self.mode == "nearest" else Interpolation()

    @property
    @override
    def interpolates(self) -> bool:
        return self.mode != "nearest"


@register
class Resize(Op):
    """Resizing to the size of another value, or to a fraction of it; nearest keeps spikes, bilinear makes them real.

    x: any kind, [C, *size], or [C], which is repeated at every position; like: any, [*, *other]  ->
    [C, *(ceil(other / down) + 2 * margin)]. With a margin the map is stretched over so many more pixels on each side, which
    a convolution with `padding = 0`, or a convolution and `crop`, sees instead of zeros.
    """

    name: ClassVar[str] = "resize"
    mode: Mode = "nearest"
    down: Window = 1
    margin: Annotated[int, Field(ge=0, le=LARGEST_WINDOW)] = 0

    @override
    def infer(self, x: Value, like: Value) -> Value:
        spatial(self.name, x if x.size else like)
        closed(self.name, x)
        if x.size and len(x.size) != len(like.size):
            raise TypeRuleError(f"`{self.name}` needs operands with equal numbers of axes, not {x} and {like}", code="SG0302")
        return resized(x, tuple(n + 2 * self.margin for n in shrunk(like.size, self.down)), self.mode)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        fits = [y for y in others if y.levels == 1 and y.size and (len(y.size) == len(x.size) or not x.size)]
        if not fits:
            return None
        arguments = draw.some(0.3, mode=lambda: "bilinear", down=lambda: draw.integer(2, 3), margin=lambda: draw.integer(1, 2))
        return Sample(arguments, (draw.choice(fits),))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(of=(0,)) if self.mode == "nearest" else Interpolation(of=(0,))

    @property
    @override
    def interpolates(self) -> bool:
        return self.mode != "nearest"


@register
class Fit(Resize):
    """Placeholder for resizing where resolutions may differ; `insert-resize` replaces or removes it.

    x: any kind, [C, *size]; like: any, [*, *other]  ->  [C, *ceil(other / down)].
    """

    name: ClassVar[str] = "fit"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(expanded_by="insert-resize")

    @override
    def expand(self, parts: "Parts", operands: tuple[str, ...]) -> str:
        x, like = map(parts.value, operands)
        if x.size == shrunk(like.size, self.down):
            return operands[0]
        return parts.end(Resize(mode=self.mode, down=self.down), *operands)
