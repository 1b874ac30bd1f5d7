"""Concatenation of channels, and of tokens."""

from typing import Any

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.held import held
from spikegraph.foreign.known.exchanged import as_tokens, axis_of, exchanged, swapped
from spikegraph.foreign.layout import Layout, whole
from spikegraph.foreign.statements import Own, Value


@adapter("torch.cat", "torch.concat", "torch.concatenate", any_layout=True, tensors=True)
def cat(call: Call, tensors: Any, dim: int = 0) -> Value:
    """Concatenation of channels or tokens, also with parameters of the module."""
    operands = tuple(tensors)
    if not all(isinstance(o, Value | Own) for o in operands) or not any(isinstance(o, Value) for o in operands):
        raise call.refuse("not all that it concatenates are values", "concatenate values")
    place = dim % len(operands[0].shape)
    values = [as_tokens(call, o, place) for o in operands if isinstance(o, Value)]
    layouts = [call.layout(v) for v in values]
    axis = None
    if not all(at.holds(at.dimensions[place], "C") for at in layouts):
        axes = {axis_of(at, place) for at in layouts}
        axis = axes.pop() if len(axes) == 1 else None
        if axis is None:
            where = len(values[0].lead) if values[0].layout is None else "that of the channels"
            raise call.refuse(f"it concatenates along dimension {dim}", f"concatenate the channels: dim={where}")
        values = [exchanged(call, v, axis) for v in values]
        layouts = [swapped(at, axis) for at in layouts]
    first, waiting, joined = layouts[0], list(values), list[Value]()
    for o in operands:
        joined.append(held(call, o, values[0], _with(first, place, o.shape[place])) if isinstance(o, Own) else waiting.pop(0))
    layouts = [call.layout(v) for v in joined]
    rest = {(at.size, at.dimensions[:place], at.dimensions[place + 1 :]) for at in layouts}
    if len(rest) > 1 or not all(at.holds(at.dimensions[place], "C") for at in layouts):
        raise call.refuse("its operands have their pixels in several orders", "bring them to one order, as permute does")
    made = call.add("concat", *joined, layout=_with(first, place, sum(v.channels for v in joined)))
    return made if axis is None else exchanged(call, made, axis)


def _with(layout: Layout, place: int, channels: int) -> Layout:
    """A layout with so many channels in one of its dimensions."""
    dimensions = (*layout.dimensions[:place], whole("C", channels), *layout.dimensions[place + 1 :])
    return Layout(dimensions, channels, layout.size)
