"""Convolution and linear layer."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, PositiveInt, Tag
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Layer, Window
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.pooling import Pool
from spikegraph.ir.ops.shapes import Flatten
from spikegraph.ir.ops.wide import WideConv
from spikegraph.ir.ops.windows import (
    Padding,
    Windows,
    across,
    borders,
    grouping,
    numbers,
    padded,
    product,
    skips,
    slid,
    sliding,
    striding,
    windows,
)
from spikegraph.ir.samples import Draw, Sample, divisors
from spikegraph.ir.traits import Member, Normalisation, Traits
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Kind, Value

Sign = Literal["any", "excitatory", "inhibitory"]
"""The sign of weights: any, at least 0, or at most 0."""


def _form(value: object) -> str:
    return "word" if isinstance(value, str) else "number"


Groups = Annotated[Annotated[PositiveInt, Tag("number")] | Annotated[Literal["all"], Tag("word")], Discriminator(_form)]
"""The number of groups of channels; `all` has one for each input channel."""


def _each(given: int | tuple[int, ...]) -> tuple[int, ...]:
    """The numbers of a window."""
    return (given,) if isinstance(given, int) else given


def grouped(op: str, groups: int | str, x: Value, out: int) -> int:
    """The number of groups of channels.

    Raises:
        TypeRuleError: It doesn't divide the input's channels or the output's.
    """
    count = x.channels if isinstance(groups, str) else groups
    for channels, what in ((x.channels, "input"), (out, "output")):
        if channels % count:
            summary = f"`{op}` can't divide {channels} {what} channels into {count} groups"
            raise TypeRuleError(summary, "the groups must divide the channels of the input and `out`", "SG0304")
    return count


def sampled_groups(draw: Draw, x: Value) -> tuple[dict[str, object], int]:
    """Groups for a random network, if there are several, and a number of output channels that they divide."""
    if not draw.boolean(0.2):
        return {}, draw.integer(1, 6)
    groups = draw.choice(("all", *divisors(x.channels)[1:]))
    return {"groups": groups}, draw.integer(1, 2) * (groups if isinstance(groups, int) else x.channels)


@register
class Conv(Op):
    """Convolution over 1 to 3 spatial axes, by default padded so that stride 1 keeps the size.

    x: any kind, [C, *size]  ->  real, [out, *ceil(size / stride)]. The weight is [out, C / groups, *kernel], the same at all
    time steps. `kernel`, `stride` and `dilation` are numbers, or lists with one for each axis. `groups` divides the channels
    into groups that don't see each other; `all` gives each input channel its own. Windows with an odd reach,
    dilation * (kernel - 1) + 1, are centred at every stride-th input; an even reach beyond the stride is half before the
    axis. With a number as `padding`, or a list of them, an axis has so many zeros on both sides, and its size becomes
    floor((size + 2 * padding - reach) / stride) + 1; 0 is a convolution without padding. With `sign = excitatory` the
    convolution uses the weights' absolute values, with `inhibitory` these negated, so that no optimizer changes a sign.
    """

    name: ClassVar[str] = "conv"
    traits: ClassVar[Traits] = Traits(on_edge=True, set_by_edge=("out", "stride"))
    by_place: ClassVar[int | None] = 1
    kernel: Windows
    out: PositiveInt | None = None
    stride: Windows = 1
    bias: bool = True
    dilation: Windows = 1
    groups: Groups = 1
    sign: Sign = "any"
    padding: Padding = "centred"

    @override
    def infer(self, x: Value) -> Value:
        axes = sliding(self.name, x)
        if self.out is None:
            raise TypeRuleError("`conv` needs a number of output channels here", "write `out = ...`", "SG0304")
        grouped(self.name, self.groups, x, self.out)
        _, stride, _, reach = self.windows(axes)
        return Value(Kind.REAL, self.out, slid(self.name, x.size, stride, reach, self.padding), steps=x.steps)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if not 1 <= len(x.size) <= 3:
            return None
        axes = len(x.size)
        arguments = draw.some(
            0.15,
            stride=lambda: draw.window(axes, 2, 3),
            bias=lambda: False,
            dilation=lambda: draw.window(axes, 2, 3),
            sign=lambda: draw.choice(("excitatory", "inhibitory")),
            padding=lambda: draw.window(axes, 0, 2),
        )
        groups, out = sampled_groups(draw, x)
        return Sample({"kernel": draw.window(axes, 1, 4), "out": out, **groups, **arguments})

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        (x,) = operands
        kernel, stride, _, reach = self.windows(len(x.size))
        around = borders(self.name, x.size, stride, reach, self.padding)
        over = None if self.out is None else Window(kernel, stride, grouped(self.name, self.groups, x, self.out))
        return Layer(window=any(n > 1 for n in kernel), padded=any(map(max, around)), over=over)

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        (x,) = operands
        assert self.out is not None
        window, _, _, _ = self.windows(len(x.size))
        weight = {"weight": (self.out, x.channels // grouped(self.name, self.groups, x, self.out), *window)}
        return {**weight, "bias": (self.out,)} if self.bias else weight

    @override
    def additions(self, *operands: Value) -> int:
        return product(self.infer(*operands).size) * product(self.weights(*operands)["weight"])

    def windows(self, axes: int) -> tuple[tuple[int, ...], ...]:
        """Kernel, stride, dilation and reach along each of the spatial axes."""
        return windows(self.name, axes, self.kernel, self.stride, self.dilation)

    @property
    def plain(self) -> bool:
        """True with one centred odd kernel and one stride for all axes, and one group of neighbouring weights of any sign."""
        cubic = isinstance(self.kernel, int) and isinstance(self.stride, int) and self.kernel % 2 == 1
        return cubic and self.dilation == 1 and self.groups == 1 and self.sign == "any" and self.padding == "centred"

    @override
    def with_norm(self, norm: Normalisation) -> "Conv | None":
        """The convolution with the norm's bias; a margin is what a 1 x 1 convolution gives for a padding, without a bias."""
        taken: dict[str, object] = {"bias": True, "sign": "any"}
        if norm.margin:
            if self.bias or {*_each(self.kernel), *_each(self.stride)} != {1}:
                return None
            has = 0 if self.padding == "centred" else self.padding
            taken["padding"] = has + norm.margin if isinstance(has, int) else tuple(n + norm.margin for n in has)
        return self.model_copy(update=taken)

    @override
    def sign_of_weights(self) -> str:
        return self.sign

    @override
    def family(self) -> tuple[object, ...] | None:
        return (self.kernel, self.stride) if self.bias and self.plain else None

    @override
    def widened(self, parts: Sequence[Member]) -> WideConv:
        assert isinstance(self.kernel, int)
        assert isinstance(self.stride, int)
        return WideConv(kernel=self.kernel, stride=self.stride, shares=tuple(m.share for m in parts))

    @override
    def may_skip(self) -> bool:
        return self.plain and skips(self.kernel, self.stride)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        dilation = "" if self.dilation == 1 else f", dilation {numbers(self.dilation)}"
        sign = "" if self.sign == "any" else f", {self.sign}"
        folded = ", norm folded" if "folded" in notes else ""
        window = f"{across(self.kernel, value)}{striding(self.stride)}{padded(self.padding)}"
        return f"conv {window}{dilation}{grouping(self.groups)}{sign}{folded}"


@register
class Linear(Op):
    """Linear layer over the channels, after a global pooling or `flatten`.

    x: any kind, [C]  ->  real, [out]. With `autapses = false`, for a recurrent layer with as many channels, no channel takes
    itself: the weight [c, c] counts as 0, and has no gradient.
    """

    name: ClassVar[str] = "linear"
    by_place: ClassVar[int | None] = 1
    out: PositiveInt
    bias: bool = True
    autapses: bool = True

    @override
    def infer(self, x: Value) -> Value:
        if x.size:
            help = "put `pool` or `flatten` before it"
            raise TypeRuleError(f"`linear` needs a value without spatial axes, not {x}", help, "SG0305")
        if not self.autapses and self.out != x.channels:
            summary = f"`linear` with `autapses = false` has as many channels as its operand, {x.channels}, not {self.out}"
            raise TypeRuleError(summary, "remove it, or change `out`", "SG0304")
        return Value(Kind.REAL, self.out, (), steps=x.steps)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        before = () if not x.size else (draw.choice((Pool(), Flatten())),)
        alike = not x.size and draw.boolean(0.2)
        own = {"out": x.channels, "autapses": False} if alike else {"out": draw.integer(1, 5)}
        return Sample({**own, **draw.some(0.2, bias=lambda: False)}, before=before)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Layer()

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        weight = {"weight": (self.out, operands[0].channels)}
        return {**weight, "bias": (self.out,)} if self.bias else weight

    @override
    def additions(self, *operands: Value) -> int:
        return self.out * (operands[0].channels - (not self.autapses))

    @override
    def with_norm(self, norm: Normalisation) -> "Linear":
        return self.model_copy(update={"bias": True})

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        autapses = "" if self.autapses else " without autapses"
        return f"linear{autapses}, norm folded" if "folded" in notes else f"linear{autapses}"
