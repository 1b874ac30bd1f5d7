"""What an operation tells a generator of networks about itself: arguments and operands that are drawn at random."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, TypeVar

from spikegraph.base.record import record
from spikegraph.ir.traits import Data
from spikegraph.ir.types import Value

if TYPE_CHECKING:
    from spikegraph.ir.opdef import Op

T = TypeVar("T")


class Draw(ABC):
    """A source of decisions. The smallest number, the first item and `false` are the simplest, which shrinking tries first."""

    @abstractmethod
    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""

    def choice(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.integer(0, len(items) - 1)]

    def boolean(self, chance: float) -> bool:
        """True with a probability, in steps of 1/100."""
        return self.integer(0, 99) >= 100 - round(100 * chance)

    def some(self, chance: float, **values: Callable[[], object]) -> dict[str, object]:
        """Some of the values by name, each with a probability; only what is taken is drawn."""
        return {name: value() for name, value in values.items() if self.boolean(chance)}

    def subset(self, items: Sequence[T], least: int) -> tuple[T, ...]:
        """At least so many of the items, in their order."""
        kept = list(range(len(items)))
        for _ in range(self.integer(0, max(len(items) - least, 0))):
            del kept[self.integer(0, len(kept) - 1)]
        return tuple(items[i] for i in kept)

    def window(self, axes: int, low: int, high: int) -> int | tuple[int, ...]:
        """The size of a window: one number, or now and then one for each axis."""
        if self.boolean(0.15):
            return tuple(self.integer(low, high) for _ in range(axes))
        return self.integer(low, high)


@record
class Sample:
    """A use of an operation in a network.

    Attributes:
        arguments: Parameters by name, but the neuron, which the generator adds.
        operands: The operands behind the first: the type of a value of the network, or the operations that lead from the
            first operand to this one (none: it is the same value). Operands that may be left out can be missing.
        before: The operations that make the first operand fit.
    """

    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
    operands: tuple["Value | tuple[Op, ...]", ...] = ()
    before: tuple["Op", ...] = ()


def divisors(n: int) -> tuple[int, ...]:
    """The divisors of a number, the smallest first."""
    return tuple(d for d in range(1, n + 1) if n % d == 0)


def besides(x: Value, others: Sequence[Value]) -> tuple[Value, ...]:
    """Those of several types that a sum or product takes beside `x`: of its shape, or one of the two is [C]."""
    alike = (y for y in others if y.levels == 1 and y.channels == x.channels)
    return tuple(y for y in alike if y.size in ((), x.size) or not x.size)


class Sampled(Data):
    """The part of an operation that says what it is in random networks, by which passes, kernels and exports are tested."""

    @classmethod
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        """Arguments and operands of a use in a random network; None if it can't take `x`, or has no samples.

        What the type rule refuses is drawn again, so a sample need not be sound, but most should be.

        Args:
            draw: Decides.
            x: The first operand.
            others: The types of the network's other values.
        """
        return None
