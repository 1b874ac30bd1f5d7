"""What a time step of a neuron costs, as numbers of operations."""

from spikegraph.base.record import record


@record
class Update:
    """The operations of one neuron, or of many, at one time step.

    A product with a spike is no multiplication, since the spike selects. A product with a count of n spikes is n additions. A
    product with the number 0 or 1 is nothing.

    Attributes:
        additions: Additions and subtractions.
        multiplications: Multiplications of real numbers, such as that of the potential by the decay.
        comparisons: Comparisons, such as that of the potential with the threshold.
        functions: Exponentials, logarithms, roots, sines and the like.
    """

    additions: int = 0
    multiplications: int = 0
    comparisons: int = 0
    functions: int = 0

    def __add__(self, other: "Update") -> "Update":
        """The operations of both."""
        return Update(
            self.additions + other.additions,
            self.multiplications + other.multiplications,
            self.comparisons + other.comparisons,
            self.functions + other.functions,
        )

    def times(self, count: int) -> "Update":
        """The operations of so many neurons."""
        return Update(count * self.additions, count * self.multiplications, count * self.comparisons, count * self.functions)
