"""Weights by name, as in `state_dict()`: arrays, or a file."""

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from spikegraph.base.errors import ArgumentError, CheckpointError, MisfitError
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.weight_names import statistics_of
from spikegraph.meaning.call import Array

Weights = Mapping[str, npt.ArrayLike] | str | Path
"""Arrays by name, or a `.safetensors` or `.npz` file of them."""


def read(weights: Weights) -> dict[str, Array]:
    """The weights in float64.

    Raises:
        CheckpointError: The file is missing or damaged.
        ArgumentError: It has another ending, or a weight isn't an array of numbers.
        OSError: The file can't be read.
    """
    found = weights if isinstance(weights, Mapping) else _file(Path(weights))
    try:
        return {name: np.asarray(tensor, dtype=np.float64) for name, tensor in found.items()}
    except (TypeError, ValueError, RuntimeError) as error:
        raise ArgumentError(f"a weight is no array of numbers: {error}") from error


def _file(path: Path) -> Mapping[str, npt.ArrayLike]:
    if not path.is_file():
        raise CheckpointError("there is no such file", path=path)
    if path.suffix == ".npz":
        try:
            with np.load(path, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except (zipfile.BadZipFile, ValueError) as error:
            raise CheckpointError(f"damaged: {error}", path=path) from error
    if path.suffix != ".safetensors":
        raise ArgumentError(f"weights are a .safetensors or .npz file, not {path.name}")
    from safetensors import SafetensorError  # noqa: PLC0415 (arrays need no such package)
    from safetensors.numpy import load_file  # noqa: PLC0415  # pyright: ignore[reportUnknownVariableType]

    try:
        return cast("Mapping[str, npt.ArrayLike]", load_file(path))
    except (SafetensorError, TypeError, KeyError) as error:
        raise CheckpointError(f"damaged, or of a type that numpy lacks: {error}", path=path) from error


def checked(graph: Graph, weights: Mapping[str, Array], nodes: Iterable[str] = ()) -> set[str]:
    """The nodes that the outputs and these nodes need, whose weights are there and have their shapes.

    Raises:
        MisfitError: A weight is missing, or has another shape.
    """
    needed = graph.ancestors((*graph.outputs.values(), *nodes))
    for node in graph:
        if node.name in needed:
            _check(node, weights)
    return needed


def _check(node: Node, weights: Mapping[str, Array]) -> None:
    for name, shape in wanted(node):
        if name not in weights:
            raise MisfitError(f"the weights have no `{name}`", "give those of this network and phase, as in `state_dict()`")
        if weights[name].shape != shape:
            raise MisfitError(f"`{name}` is {list(weights[name].shape)}, but `{node.name}` needs {list(shape)}")
    for name, parameter in node.op.architecture(*node.operand_values).items():
        if name not in weights:
            raise MisfitError(f"the weights have no architecture parameter `{name}`", "give that of the search")
        shape = weights[name].shape
        if len(shape) != len(parameter.shape) or any(a < b for a, b in zip(shape, parameter.shape, strict=True)):
            raise MisfitError(f"`{name}` is {list(shape)}, but `{node.name}` needs {list(parameter.shape)} at least")


def wanted(node: Node) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The tensors of a node with their shapes, and its running statistics."""
    for leaf, tensors in node.leaves.items():
        yield from ((f"{leaf}.{name}", shape) for name, shape in tensors.items())
    yield from statistics_of(node).items()
