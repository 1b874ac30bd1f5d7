"""Compares a module with its network once more, with one more time step: code may compute with the number of the example's.

A factor of one over this number is `scale(0.25)` in the spec of an example of four steps, and a division by 4 is `mean(time)`.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor

from spikegraph.backends.torch.foreign.exact import exact
from spikegraph.backends.torch.foreign.example import called, fresh, results_of
from spikegraph.backends.torch.foreign.pairing import Pairing
from spikegraph.backends.torch.foreign.tensors import in_order
from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.statements import Statement, Value

CLOSE = 1e-10
"""How far results may be apart, relative to the largest of them where that is above 1."""

FACTORS = (1.0, -1.0, 3.0, -3.0)
"""What the example is multiplied by: few spikes may be the same by chance."""


def check_other_steps(pairing: Pairing, inputs: Sequence[Tensor]) -> None:
    """Checks that a module that takes all time steps computes what its network does also for one step more.

    Args:
        pairing: The module and its network.
        inputs: The example.

    Raises:
        ForeignError: It doesn't. A module whose code says how many steps there are isn't checked.
    """
    statements, steps = pairing.statements, pairing.converted.reading.steps or 1
    values = list(statements.inputs.values())
    if steps == 1 or pairing.model.graph.time is not None or not any(map(_has_factor, statements.body)):
        return
    samples, times = ([_axis(value, name) for value in values] for name in ("N", "T"))
    if None in times:
        return
    given, count = [x.double() for x in inputs], inputs[0].shape[samples[0] or 0]
    if count % steps == 0 and None not in samples:  # else code that takes this number of steps could be called with another
        given, count = [_with_one_more(x, axis) for x, axis in zip(given, samples, strict=True)], count + 1
    for factor in FACTORS:
        _compare(pairing, [factor * x for x in given], times, {"T": steps + 1, "N": count})


def _compare(pairing: Pairing, given: Sequence[Tensor], times: Sequence[int | None], lengths: Mapping[str, int]) -> None:
    """Compares a module and its network with one step more than `given` has, unless the module takes no account of it."""
    longer = [_with_one_more(x, axis) for x, axis in zip(given, times, strict=True)]
    statements, values = pairing.statements, list(pairing.statements.inputs.values())
    with exact(), torch.no_grad():
        try:
            before, after = (results_of(called(fresh(pairing.module).eval(), xs)) for xs in (given, longer))
        except ForeignError:  # its code says how many steps there are
            return
        if all(x.shape == y.shape and torch.allclose(x, y, equal_nan=True) for x, y in zip(before, after, strict=True)):
            return
        model, wanted = fresh(pairing.model).eval(), list(pairing.model.graph.outputs.values())
        ordered = [_in_language(x, value, lengths) for x, value in zip(longer, values, strict=True)]
        sizes = [(lengths["T"], lengths["N"], value.channels, *value.size) for value in values]
        named = {n: x.reshape(size) for n, x, size in zip(model.graph.inputs(), ordered, sizes, strict=True) if x is not None}
        mine = model.run(named, wanted=wanted)[0]
    steps = lengths["T"]
    theirs = [x for x, counts in zip(after, statements.returned, strict=False) if counts]
    for x, name, value in zip(theirs, wanted, statements.outputs.values(), strict=False):
        if not (_is_cut(value) or _equal(_in_language(x, value, lengths), mine[name])):
            raise ForeignError(
                f"the module computes with the number of time steps: with {steps} in place of {steps - 1} its result isn't the "
                "spec's",
                "divide a sum over all steps by `x.shape[0]`, or use mean(0), and compute with it nowhere else; if the code "
                "has a factor of its own, give an example with another number of steps",
            )


def _has_factor(s: Statement) -> bool:
    """Whether a number in a statement may be one that the code computes with the number of steps, or the number of steps."""
    return s.op in ("scale", "mean") or (s.op == "neuron" and not s.place.layer)


def _axis(value: Value, name: Literal["T", "N"]) -> int | None:
    """The dimension of an input that has all time steps, or all samples."""
    if value.layout is None:
        return value.lead.index(name) if name in value.lead else None
    return next((k for k, d in enumerate(value.layout.dimensions) if len(d) == 1 and d[0].axis == name), None)


def _is_cut(value: Value) -> bool:
    """Whether a tensor has parts of its steps or samples in several dimensions, so that it isn't known where one more lies."""
    return value.layout is not None and any(part.stride > 1 for part in value.layout.parts if part.axis in ("T", "N"))


def _equal(x: Tensor | None, y: Tensor) -> bool:
    close = CLOSE * max(1.0, float(y.abs().max()))
    return x is not None and x.numel() == y.numel() and not bool(((x.reshape(y.shape) - y).abs() > close).any())


def _with_one_more(x: Tensor, axis: int | None) -> Tensor:
    """A tensor with one more step or sample, which has the numbers of the first one in another order."""
    first = x.narrow(axis or 0, 0, 1)
    return torch.cat([x, first.flatten().flip(0).view(first.shape)], axis or 0)


def _in_language(x: Tensor, of: Value, lengths: Mapping[str, int]) -> Tensor | None:
    """A tensor of the module with its numbers in the order of the language; None if its shape isn't that of its value.

    Args:
        x: The tensor.
        of: What it is for the example.
        lengths: The time steps and samples that it has in place of the example's.
    """
    if of.layout is None:
        return x.reshape(-1, lengths["T"], *x.shape[1:]).transpose(0, 1) if of.lead == ("NT",) else x
    parts = ([part._replace(size=lengths.get(part.axis, part.size)) for part in d] for d in of.layout.dimensions)
    layout = of.layout.with_(parts)
    return in_order(x, layout) if x.shape == layout.shape else None
