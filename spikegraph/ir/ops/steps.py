"""Values that are the same at every time step, and values with time steps, each made of the other."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Copies
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import TypeRuleError, closed
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


class OfAllSteps(Op):
    """An operation on the channels of all time steps, whose number the network's `time` or the parameter `steps` says."""

    steps: PositiveInt | None = None

    @override
    def timed(self, time: int | None) -> "OfAllSteps":
        return self if self.steps is not None else self.model_copy(update={"steps": time})

    @override
    def longest(self) -> int | None:
        return self.steps

    @property
    def most(self) -> int:
        """The number of time steps.

        Raises:
            TypeRuleError: Nothing says it.
        """
        if self.steps is None:
            help = "write `time = ...` in the network, or `steps = ...` here"
            raise TypeRuleError(f"`{self.name}` needs the number of time steps", help, "SG0304")
        return self.steps


@register
class TimeToChannels(OfAllSteps):
    """The time steps as channels, so that layers behind it join the steps: attention over time is two linear layers.

    x: any kind, [C, *size]  ->  the same kind, [steps * C, *size], once per sequence: the channels of the first step, then
    those of the second, and so on; those of steps that a shorter sequence doesn't have are 0. `steps` is by default the
    network's `time`. `channels_to_time` leads back.
    """

    name: ClassVar[str] = "time_to_channels"
    traits: ClassVar[Traits] = Traits(own_steps=True)

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x.with_(channels=self.most * x.channels, steps=False)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample({"steps": draw.integer(3, 4)})

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(over_time="concatenation" if operands[0].steps else None, mixes=True)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"{self.most} time steps as channels"


@register
class ChannelsToTime(OfAllSteps):
    """Parts of the channels as time steps: each step has its own part of a value that is the same at every step.

    x: any kind, [steps * C, *size] once per sequence  ->  the same kind, [C, *size], with time steps: the first has channels 0
    to C - 1, the second the next C, and so on; a shorter sequence has the first parts. `steps` is by default the network's
    `time`. It leads back from `time_to_channels`; on a static input it is an encoding.
    """

    name: ClassVar[str] = "channels_to_time"

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        if x.steps:
            help = "put it behind `time_to_channels` or `reduce(over = time, ...)`"
            raise TypeRuleError(
                f"`channels_to_time` needs a value that is the same at every time step, not {x}", help, "SG0302"
            )
        if x.channels % self.most:
            help = f"give the layer before it a multiple of {self.most} channels"
            raise TypeRuleError(
                f"`channels_to_time` can't divide {x.channels} channels among {self.most} steps", help, "SG0302"
            )
        return x.with_(channels=x.channels // self.most, steps=True)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        steps = draw.integer(3, 4)
        return Sample({"steps": steps}, before=(TimeToChannels(steps=steps),) if x.steps or x.channels % steps else ())

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(mixes=True, parts=True)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"channels of {self.most} time steps"
