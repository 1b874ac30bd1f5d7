"""What an operation says about the numbers that it computes, for the certificate and `stats`."""

from typing import TYPE_CHECKING, ClassVar

from spikegraph.ir.arithmetic import Arithmetic, Multiplication
from spikegraph.ir.samples import Sampled
from spikegraph.ir.traits import Mixture, Normalisation
from spikegraph.ir.types import Value
from spikegraph.ir.updates import Update

if TYPE_CHECKING:
    from spikegraph.ir.neuron import Neuron


class Computation(Sampled):
    """The part of an operation that says what it computes. The defaults are those of an operation that doesn't say it."""

    name: ClassVar[str]

    def arithmetic(self, *operands: Value) -> Arithmetic | None:
        """What it computes with the numbers of its operands.

        None if it doesn't say. Then its type is taken for what its result is, and the three properties below are asked.
        """
        return None

    def additions(self, *operands: Value) -> int:
        """Number of multiply-accumulates per time step and sample if computed densely; 0 if negligible."""
        computed = self.arithmetic(*operands)
        return sum(p.count for p in computed.products) if isinstance(computed, Multiplication) else 0

    def mixture(self, *operands: Value) -> Mixture | None:
        """How it weights its operands while a choice is open; None if it makes none."""
        return None

    @property
    def interpolates(self) -> bool:
        """True if it resizes by means of neighbours, which are between their numbers."""
        return False

    def normalisation(self) -> Normalisation | None:
        """The constants, if it is a batch norm with `weight` and `bias` [C] and running statistics."""
        return None

    @property
    def normalises(self) -> bool:
        """True for a norm that is computed on its own, so that no convolution has taken it in."""
        return self.normalisation() is not None

    def centring(self, weights: str, operand: int) -> tuple[str, ...]:
        """The weights of the batch norms that subtract each channel's mean from an operand; `weights` are those of its node."""
        return ()

    def summed(self, x: Value) -> Value | None:
        """The type of the result without a constant factor, which weights behind it can take in; None without a factor."""
        return None

    @property
    def model(self) -> str:
        """The name of the neuron model, for an operation that consists of neurons; by default its own name."""
        return self.name

    def any_neuron(self) -> "Neuron | None":
        """The parameters of its neurons, whether they fire and their surrogate can be searched or not."""
        return None

    def update(self) -> Update | None:
        """What the update of one of its neurons costs at each time step; None if it has none, or doesn't say."""
        return None

    def states(self) -> int:
        """How many numbers each of its neurons keeps from a time step to the next; by default one."""
        return 1
