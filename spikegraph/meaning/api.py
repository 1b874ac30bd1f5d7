"""The reference of a network: a function from inputs to results."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy.typing as npt

from spikegraph.ir.choices import Choices
from spikegraph.ir.graph import Graph
from spikegraph.meaning import interpreter
from spikegraph.meaning.call import Array
from spikegraph.meaning.composites import flat
from spikegraph.meaning.interpreter import Trace
from spikegraph.meaning.weights import Weights, checked, read

__all__ = ["Reference", "Trace", "reference_of"]


@dataclass(frozen=True)
class Reference:
    """What a network computes, in numpy and float64.

    Attributes:
        graph: The simple operations of the network, by the reference's own reading of the language.
        weights: The weights by name.
        training: Whether norms use the statistics of the samples.
    """

    graph: Graph
    weights: Mapping[str, Array]
    training: bool = False

    def __repr__(self) -> str:
        return f"<Reference of {self.graph.name}, {'training' if self.training else 'evaluation'}>"

    def __call__(self, inputs: Mapping[str, npt.ArrayLike]) -> dict[str, Array]:
        """The outputs by name.

        Args:
            inputs: Arrays by name: [T, N, C, *size], or [N, C, *size] for an input that is the same at every step.

        Returns:
            [T, N, C, *size], or [N, C, *size] for an output that is the same at every step.

        Raises:
            InputError: An input is missing, or has another form than the network's.
            NoReferenceError: An operation has no reference.
        """
        return self.trace(inputs).outputs

    def trace(self, inputs: Mapping[str, npt.ArrayLike], nodes: Iterable[str] = ()) -> Trace:
        """The results of all nodes, with spikes, potentials and changed statistics.

        Args:
            inputs: As above.
            nodes: Nodes to compute though no output needs them, such as an auxiliary classifier.

        Raises:
            InputError, UserError: As above.
            MisfitError: The weights lack what one of `nodes` needs.
        """
        return interpreter.run(self.graph, self.weights, inputs, training=self.training, nodes=nodes)


def reference_of(graph: Graph, weights: Weights, choices: Choices | None = None, *, training: bool = False) -> Reference:
    """The reference of a graph of any stage.

    Args:
        graph: The graph.
        weights: Arrays by the names of `state_dict()`, or a `.safetensors` or `.npz` file of them.
        choices: What decides choices, trellises and stems of a graph before the stage `lowered`; by default all are open.
        training: Whether norms use the statistics of the samples.

    Raises:
        MisfitError: A weight is missing, or has another shape.
        CheckpointError, ArgumentError, OSError: The file is damaged, of another format, or can't be read.
        NoReferenceError: An operation has no reference.
        UserError: A choice isn't decided.
    """
    simple, tensors = flat(graph, choices or Choices()), read(weights)
    checked(simple, tensors)
    return Reference(simple, tensors, training)
