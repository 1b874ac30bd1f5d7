"""Tensors of the module itself as values: class tokens, embeddings of positions, factors of channels."""

import math
from dataclasses import replace
from typing import Any

from spikegraph.foreign.adapters import Call
from spikegraph.foreign.layout import Layout, Part, whole
from spikegraph.foreign.statements import Number, Own, Value, Weight

WHOLE = "give it a number for each channel, or for each channel and pixel, or one number for all"


def held(call: Call, own: Own, like: Value, there: Layout | None = None) -> Value:
    """A tensor of the module as a value beside another one.

    Args:
        call: What takes both.
        own: The tensor, perhaps arranged in another shape.
        like: A value of the same samples.
        there: The layout of a tensor to whose shape this one is broadcast; by default that of `like`.

    Raises:
        ForeignError: It isn't a whole parameter, or hasn't a number for each channel, for each channel and pixel, or for all.
    """
    there = call.layout(like) if there is None else there
    places, dimensions = _broadcast(call, own, there)
    samples = [tuple(part for part in d if part.axis == "N") for d in there.dimensions]
    parts = [part for d in dimensions for part in d]
    channels, size = there.channels, there.size
    if not parts:
        channels, size = 1, ()
    elif sorted(parts) == sorted(part for part in there.parts if part.axis == "C"):
        size = ()
    elif sorted(parts) != sorted(part for part in there.parts if part.axis not in ("T", "N")):
        raise call.refuse(f"it takes `{own.name}` as {list(places.shape)} beside {list(there.shape)}", WHOLE)
    of_parameter = Layout(dimensions, channels, size)
    shape, order = of_parameter.in_order
    numbers: list[int] = places.reshape(shape).permute(order).flatten().tolist()
    count = math.prod(own.tensor.shape)
    if sorted(numbers) != list(range(count)):
        raise call.refuse(f"it takes a part of `{own.name}`", "take the whole parameter")
    name = call.weights(value=replace(own, places=None))["value"]
    weights = {"value": Weight(name, order=None if numbers == list(range(count)) else tuple(numbers))}
    params: dict[str, Number] = {}
    if channels != like.channels:
        params["channels"] = channels
    if size != like.size:
        params["size"] = size
    layout = of_parameter.with_(a + b for a, b in zip(samples, dimensions, strict=True))
    value = call.add("learned", like, params=params, weights=weights, layout=layout)
    if parts or there.channels == 1:
        return value
    return call.add("spread", value, params={"to": there.channels}, layout=_of_channels(there, samples))


def factor_of_channels(call: Call, own: Own, x: Value) -> Value | None:
    """A value times a number for each channel: a convolution of each channel with kernel 1; None for other tensors."""
    layout = call.layout(x)
    places, dimensions = _broadcast(call, own, layout)
    parts = [part for d in dimensions for part in d]
    in_order = places.flatten().tolist() == list(range(math.prod(own.tensor.shape)))
    if not layout.size or x.channels == 1 or parts != [*whole("C", x.channels)] or not in_order:
        return None
    params: dict[str, Number] = {"kernel": 1, "out": x.channels, "groups": "all", "bias": False}
    return call.add("conv", x, params=params, weights=call.weights(weight=replace(own, places=None)), layout=layout)


def _of_channels(there: Layout, samples: list[tuple[Part, ...]]) -> Layout:
    """Where a number for each channel lies in a tensor."""
    dimensions = (a + tuple(p for p in d if p.axis == "C") for a, d in zip(samples, there.dimensions, strict=True))
    return Layout(tuple(dimensions), there.channels, ())


def _broadcast(call: Call, own: Own, there: Layout) -> tuple[Any, tuple[tuple[Part, ...], ...]]:
    """The places of a tensor's numbers without repetitions, and its dimensions in the tensor that it is broadcast to."""
    places, missing = own.placed, len(there.dimensions) - len(own.shape)
    if missing < 0:
        raise call.refuse(f"it takes `{own.name}` as {list(own.shape)} beside {list(there.shape)}", WHOLE)
    dimensions: list[tuple[Part, ...]] = [()] * missing
    for k, part in enumerate(there.dimensions[missing:]):
        first = places.narrow(k, 0, 1)
        if bool((places == first).all()):
            places = first
        dimensions.append(part if places.shape[k] > 1 else ())
        if places.shape[k] not in (1, math.prod(p.size for p in part)):
            raise call.refuse(f"it takes `{own.name}` as {list(own.shape)} beside {list(there.shape)}", WHOLE)
    return places, tuple(dimensions)
