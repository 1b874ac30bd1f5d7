"""Norms: batch, instance and layer norm."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat, PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Layer
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.wide import WideNorm
from spikegraph.ir.ops.windows import LARGEST_WINDOW
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.traits import MEAN_AND_VARIANCE, CurrentTerm, Member, Normalisation, Share, Traits
from spikegraph.ir.type_rules import TypeRuleError, closed
from spikegraph.ir.types import Kind, Value

Constant = Annotated[float, Field(ge=1e-12, le=1)]
"""What a norm adds to the variance."""


@register
class Norm(Op):
    """Norm with weight and bias for each channel: by default batch norm, over samples, time steps and pixels.

    x: any kind, [C, *size]  ->  real, [C, *size]. `scale` is the weight's first value: with `scale = threshold`, or a multiple
    such as `threshold / 2`, it is tdBN (Zheng et al., AAAI 2021, Eq. 7). With `per = step` each time step also has a factor of
    its own (TEBN: Duan et al., NeurIPS 2022, Eq. 9); the number of `steps` is the network's `time`, or given here. Such a norm
    isn't folded into a convolution, whose weights are those of all steps. `affine = false` leaves out weight and bias. With
    `kind = instance` mean and variance are those of each channel, with `plane` those of each channel and plane of a volume,
    with `layer` those of all channels at each position, as transformers norm tokens, all of each sample and time step alone;
    they aren't folded either. With a `margin`, a batch norm has so many pixels more on each side of every spatial axis, with
    what it gives for 0 by the running statistics, without a gradient, as RepConv of Spike-driven Transformer V2 (Yao et al.,
    ICLR 2024) pads the result of a 1 x 1 convolution: [C, *(size + 2 * margin)]. Behind `conv(1, bias = false)` it is folded.
    """

    name: ClassVar[str] = "norm"
    traits: ClassVar[Traits] = Traits(statistics=True, own_steps=True, on_edge=True)
    of_neurons: ClassVar[tuple[str, ...]] = ("scale",)
    eps: Constant = 1e-5
    momentum: Annotated[float, Field(ge=0, le=1)] = 0.1
    kind: Literal["batch", "instance", "plane", "layer"] = "batch"
    per: Literal["sequence", "step"] = "sequence"
    scale: PositiveFloat = 1.0
    affine: bool = True
    steps: PositiveInt | None = None
    margin: Annotated[int, Field(ge=0, le=LARGEST_WINDOW)] = 0

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        if self.kind == "instance" and not x.size:
            raise TypeRuleError(f"an instance norm needs spatial axes, not {x}", "put it before the pooling", "SG0302")
        if self.kind == "plane" and len(x.size) != 3:
            raise TypeRuleError(f"a norm of planes needs 3 spatial axes, not {x}", "write `kind = instance`", "SG0302")
        if self.scale != 1 and not self.affine:
            help = "remove one of them"
            raise TypeRuleError("`norm` with `affine = false` has no weight that `scale` could set", help, "SG0304")
        if self.per == "step" and self.steps is None:
            help = "write `time = ...` in the network, or `steps = ...` here"
            raise TypeRuleError("`norm` with `per = step` needs the number of time steps", help, "SG0304")
        if self.per != "step" and self.steps is not None:
            raise TypeRuleError("`norm` has `steps` only with `per = step`", "remove one of them", "SG0304")
        if self.margin and (self.kind != "batch" or self.per == "step"):
            raise TypeRuleError(
                "only a batch norm that is the same at all steps has a `margin`", "remove one of them", "SG0304"
            )
        if self.margin and not x.size:
            raise TypeRuleError(f"a margin needs spatial axes, not {x}", "put the norm before the pooling", "SG0302")
        size = tuple(n + 2 * self.margin for n in x.size)
        return x.with_(kind=Kind.REAL, size=size, steps=x.steps or self.per == "step")

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        kinds = ("instance", "plane", "layer")[0 if x.size else 2 :]
        arguments = draw.some(
            0.15,
            eps=lambda: draw.choice((0.01, 1e-12, 1.0)),
            momentum=lambda: draw.choice((0, 1, 0.5)),
            kind=lambda: draw.choice(kinds),
            per=lambda: "step",
            scale=lambda: draw.choice((0.5, 2.0)),
            affine=lambda: False,
            margin=lambda: draw.integer(1, 2),
        )
        arguments |= {"steps": 3} if "per" in arguments and draw.boolean(0.5) else {}
        return Sample(arguments)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Layer(padded=self.margin > 0)

    @override
    def timed(self, time: int | None) -> "Norm":
        missing = self.per == "step" and self.steps is None
        return self.model_copy(update={"steps": time}) if missing else self

    @override
    def longest(self) -> int | None:
        return self.steps

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        shape = (operands[0].channels,)
        found = {"weight": shape, "bias": shape} if self.affine else {}
        return {**found, "step_weight": (self.steps,)} if self.steps is not None else found

    @override
    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        weights = self.weights(*operands)
        return {name: weights} if weights or self.kind == "batch" else {}  # running statistics are there without weights too

    @override
    def statistics(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        return {name: dict.fromkeys(MEAN_AND_VARIANCE, (operands[0].channels,))} if self.kind == "batch" else {}

    @override
    def initial(self) -> Mapping[str, float]:
        return {"weight": self.scale, "bias": 0.0, "step_weight": 1.0}

    @property
    def plain(self) -> bool:
        """True for a batch norm with a weight and a bias, the same at all time steps, without a margin."""
        return self.kind == "batch" and self.affine and self.per == "sequence" and not self.margin

    @override
    def centring(self, weights: str, operand: int) -> tuple[str, ...]:
        return (weights,) if self.plain else ()

    @override
    def normalisation(self) -> Normalisation | None:
        folds = self.kind == "batch" and self.per == "sequence"
        return Normalisation(eps=self.eps, momentum=self.momentum, margin=self.margin) if folds else None

    @property
    @override
    def normalises(self) -> bool:
        return True

    @override
    def term(self, weights: str, channels: int) -> CurrentTerm | None:
        if not self.plain:
            return None
        share = Share(weights=weights, channels=channels)
        return CurrentTerm(norms=(share,), eps=self.eps, momentum=self.momentum, scale=self.scale)

    @override
    def family(self) -> tuple[float, ...] | None:
        return (self.eps, self.momentum, self.scale) if self.plain else None

    @override
    def widened(self, parts: Sequence[Member]) -> WideNorm:
        shares = tuple(m.share for m in parts)
        return WideNorm(eps=self.eps, momentum=self.momentum, shares=shares, scale=self.scale)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        per_step = ", a factor per step" if self.per == "step" else ""
        scale = f", scale {self.scale:g}" if self.scale != 1 else ""
        margin = f", margin {self.margin}" if self.margin else ""
        return f"{self.kind} norm{per_step}{scale}{margin}"
