"""Checks that arrays fit the inputs of a network."""

from collections.abc import Mapping, Sequence

from spikegraph.base.errors import InputError
from spikegraph.ir.graph import Node


def time_steps(nodes: Mapping[str, Node], shapes: Mapping[str, Sequence[int]], time: int | None) -> int:
    """The number T of time steps of a call.

    Args:
        nodes: The network's inputs by name.
        shapes: The shapes of the arrays by name, `[T, N, C, H, W]`, or `[N, C, H, W]` with the spec's `time`.
        time: The spec's `time`, if it has one.

    Raises:
        InputError: An input is missing or has the wrong shape.
    """
    steps = time or 0
    batch: tuple[str, int] | None = None
    for name, node in nodes.items():
        if name not in shapes:
            raise InputError(f"the input `{name}` is missing")
        shape, value = shapes[name], node.value
        axes = (["T"] if value.steps else []) + ["N", "C", *("D", "H", "W")[3 - len(value.size) :]]
        if len(shape) != len(axes):
            raise InputError(f"the input `{name}` needs the axes [{', '.join(axes)}], not the shape {list(shape)}")
        if shape[axes.index("C")] != value.channels:
            raise InputError(f"the input `{name}` needs {value.channels} channels (axis C), not {shape[axes.index('C')]}")
        if batch is not None and shape[axes.index("N")] != batch[1]:
            raise InputError(f"`{batch[0]}` and `{name}` differ in axis N: {batch[1]} and {shape[axes.index('N')]}")
        batch = (name, shape[axes.index("N")])
        if value.steps:
            if steps not in (0, shape[0]):
                raise InputError(f"the inputs differ in axis T: {steps} and {shape[0]} (`{name}`)")
            steps = shape[0]
            if steps == 0:
                raise InputError(f"the input `{name}` has no time step (axis T)")
    return steps


def check_type(name: str, given: object, weights: object) -> None:
    """Checks that an input has the number type of the weights, such as `torch.float32`.

    Raises:
        InputError: It has another one.
    """
    if given != weights:
        other = f", or convert the network: `model.to({given})`" if "float" in str(given) else ""
        raise InputError(f"the input `{name}` is {given}, but the weights are {weights}; pass `{name}.to({weights})`{other}")
