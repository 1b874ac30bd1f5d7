"""The graph of NIR while it is written: nodes, edges, and the weights that go into them."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import nir
import numpy as np
from numpy.typing import NDArray

from spikegraph.backends.nir.wires import Part, RefusedError, Wires
from spikegraph.ir.graph import Node

Array = NDArray[Any]

WIDEST_MATRIX = 4096
"""Most channels for which a factor is written as a matrix, which every reader knows, instead of as a `Scale`."""


@dataclass
class Writer:
    """Collects nodes and edges.

    Attributes:
        dt: The length of a time step in seconds.
        tensor: The weights of the network by name, such as `stem.conv.weight`, in float32.
        nodes: The nodes by name.
        edges: Pairs of names.
        neurons: The node of NIR for each neuron of the network, with its part of the channels.
    """

    dt: float
    tensor: Callable[[str], Array]
    nodes: dict[str, nir.NIRNode] = field(default_factory=dict[str, nir.NIRNode])
    edges: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    neurons: dict[str, tuple[str, int, int]] = field(default_factory=dict[str, tuple[str, int, int]])

    def add(self, of: Node, made: nir.NIRNode, sources: Sequence[str]) -> str:
        """Adds a node that takes the sum of its sources; returns its name.

        Edges have no multiplicity in NIR, so a source that is there twice is multiplied by 2 first.
        """
        ends = [source if n == 1 else self.times(of, source, n) for source, n in Counter(sources).items()]
        kind = type(made).__name__.lower()
        own = re.sub(r"\W+", "_", of.name, flags=re.ASCII).strip("_")
        # A dot would part modules of PyTorch, and a single word could be a method of them.
        name = self._free(own if own.endswith(f"_{kind}") else f"{own}_{kind}")
        self.nodes[name] = made
        self.edges += [(end, name) for end in ends]
        return name

    def named(self, name: str, made: nir.NIRNode, source: str | None = None) -> str:
        """Adds an input or output under a name of its own."""
        name = self._free(name)
        self.nodes[name] = made
        if source is not None:
            self.edges.append((source, name))
        return name

    def _free(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self.nodes:
            count += 1
            name = f"{wanted}{count}"
        return name

    def times(self, of: Node, source: str, factor: int) -> str:
        """A node that gives a source's value times a factor."""
        channels, *size = (int(n) for n in self.nodes[source].output_type["output"])
        if len(size) > 2 or (not size and channels > WIDEST_MATRIX):
            return self.add(of, nir.Scale(scale=np.full((channels, *size), factor, np.float32)), (source,))
        return self.add(of, matrix(factor * np.eye(channels, dtype=np.float32), None, tuple(size)), (source,))

    def mixed(self, of: Node, x: Wires, weight: Array, bias: Array | None = None) -> Wires:
        """A weighted sum of channels, the same at every position, as one node for each part of `x`.

        Args:
            of: The network's node.
            x: The value, [C, *size].
            weight: [out, C].
            bias: [out].

        Raises:
            RefusedError: NIR has no such layer.
        """
        return self.summed(of, x, lambda w, b: matrix(w, b, x.size), weight, bias, x.size)

    def summed(
        self,
        of: Node,
        x: Wires,
        make: Callable[[Array, Array | None], nir.NIRNode],
        weight: Array,
        bias: Array | None,
        size: tuple[int, ...],
    ) -> Wires:
        """A layer with weights [out, C, ...] on a value: the sum of one node for each part, the first of which has the bias."""
        used = [found for found in x.ranges if found[0].sources]
        if not used:
            sources = () if bias is None else (self.constant(of, bias, size),)
            return Wires((Part(weight.shape[0], sources),), size).like(x)
        names = [
            self.add(of, make(np.ascontiguousarray(weight[:, first:end]), bias if k == 0 else None), part.sources)
            for k, (part, first, end) in enumerate(used)
        ]
        return Wires((Part(weight.shape[0], tuple(names)),), size).like(x)

    def constant(self, of: Node, values: Array, size: tuple[int, ...]) -> str:
        """A node that gives a number for each channel at every position, whatever the network's input is: its weights are 0.

        Raises:
            RefusedError: No stride leads from the size of an input to this one.
        """
        for name, node in self.nodes.items():
            channels, *given = (int(n) for n in node.output_type["output"])
            if not isinstance(node, nir.Input) or (given and len(given) != len(size)):
                continue
            zeros = np.zeros((len(values), channels, *(1,) * len(size)), np.float32)
            if not size and not given:
                return self.add(of, nir.Affine(weight=zeros, bias=values), (name,))
            stride = tuple(-(-n // m) for n, m in zip(given, size, strict=True))
            if size and tuple((n - 1) // s + 1 for n, s in zip(given, stride, strict=True)) == size:
                return self.add(of, convolution(zeros, values, tuple(given), stride, (0,) * len(size)), (name,))
        raise RefusedError("NIR has no constant, and this layer takes zeros alone", "remove it")

    def each(self, of: Node, x: Wires, make: Callable[[int, int], nir.NIRNode], size: tuple[int, ...], per: int = 1) -> Wires:
        """A layer that treats channels alone, as one node for each part.

        Args:
            of: The network's node.
            x: The value.
            make: The node of NIR for the channels from one to another.
            size: The sizes of the result.
            per: Channels of the result for each of the value.
        """
        parts = [
            Part(part.channels * per, (self.add(of, make(first, end), part.sources),) if part.sources else ())
            for part, first, end in x.ranges
        ]
        return Wires(tuple(parts), size).like(x)

    def single(self, of: Node, x: Wires) -> Wires:
        """The same value in one part: each part is put among zeros, and the results are added."""
        if len(x.parts) == 1:
            return x
        return self.mixed(of, x, np.eye(x.channels, dtype=np.float32))


def matrix(weight: Array, bias: Array | None, size: tuple[int, ...]) -> nir.NIRNode:
    """The node for a matrix [out, C] at every position: a linear layer, or a convolution with a window of one pixel.

    Raises:
        RefusedError: The value has three spatial axes.
    """
    if not size:
        return nir.Linear(weight=weight) if bias is None else nir.Affine(weight=weight, bias=bias)
    return convolution(weight.reshape(*weight.shape, *(1,) * len(size)), bias, size, (1,) * len(size), (0,) * len(size))


def convolution(
    weight: Array,
    bias: Array | None,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...] | None = None,
) -> nir.NIRNode:
    """The node for a convolution over one or two axes; NIR's have a bias in any case.

    Raises:
        RefusedError: There are three axes.
    """
    if len(size) == 3:
        raise RefusedError("NIR has no 3-d convolution", "use values with two spatial axes")
    bias = np.zeros(len(weight), np.float32) if bias is None else bias
    dilation = dilation or (1,) * len(size)
    if len(size) == 1:
        return nir.Conv1d(
            input_shape=size[0], weight=weight, stride=stride[0], padding=padding[0], dilation=dilation[0], groups=1, bias=bias
        )
    return nir.Conv2d(
        input_shape=(size[0], size[1]), weight=weight, stride=stride, padding=padding, dilation=dilation, groups=1, bias=bias
    )
