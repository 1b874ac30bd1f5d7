"""Compares a module with its network once more, with another number of samples, where the example hides which axis is which.

With as many samples as time steps, or with one of either, code may exchange the two and give them back in a wrong order: the
shapes are the same, and so may be the numbers.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from spikegraph.backends.torch.foreign.exact import exact
from spikegraph.backends.torch.foreign.example import called, fresh, results_of
from spikegraph.backends.torch.foreign.pairing import Pairing
from spikegraph.backends.torch.foreign.tensors import in_order
from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.layout import Layout, Part
from spikegraph.foreign.statements import Value

CLOSE = 1e-10
"""How far results may be apart, relative to the largest of them where that is above 1."""

LONGER = 3
"""Time steps in place of one."""


def check_other_samples(pairing: Pairing, inputs: Sequence[Tensor]) -> None:
    """Checks that a module that takes all time steps computes what its network does also for another number of samples.

    Args:
        pairing: The module and its network.
        inputs: The example.

    Raises:
        ForeignError: It doesn't. A module whose code can be called with this number alone isn't checked.
    """
    values = list(pairing.statements.inputs.values())
    leads = [value.lead for value in values if value.layout is None]
    if len(leads) < len(values) or any("N" not in lead for lead in leads):
        return
    before = inputs[0].shape[leads[0].index("N")]
    steps = next((x.shape[lead.index("T")] for x, lead in zip(inputs, leads, strict=True) if "T" in lead), 1)
    if before > 1 and steps > 1 and before != steps:
        return
    longer = steps == 1 and any("T" in lead for lead in leads)
    after = next(n for n in (2, 3, 4) if n not in (before, steps, LONGER * longer))
    given = [_resized(x.double(), lead.index("N"), after) for x, lead in zip(inputs, leads, strict=True)]
    if longer:
        more = [_resized(x, lead.index("T"), LONGER) if "T" in lead else x for x, lead in zip(given, leads, strict=True)]
        try:
            _compare(pairing, more, before, after, longer=True)
        except _OtherShapeError:  # its code has the one step, `reshape(1, -1, 4)`, and takes more for samples
            _compare(pairing, given, before, after, longer=False)
    else:
        _compare(pairing, given, before, after, longer=False)


class _OtherShapeError(ForeignError):
    """A module's result has another shape than the network's."""


def _compare(pairing: Pairing, given: list[Tensor], before: int, after: int, *, longer: bool) -> None:
    with exact(), torch.no_grad():
        try:
            found = results_of(called(fresh(pairing.module).eval(), given))
        except ForeignError:  # its code says how many samples there are
            return
        model = fresh(pairing.model).eval()
        named = dict(zip(model.graph.inputs(), given, strict=True))
        wanted = list(model.graph.outputs.values())
        mine = model.run(named, wanted=wanted)[0]
    theirs = [x for x, counts in zip(found, pairing.statements.returned, strict=False) if counts]
    for x, name, value in zip(theirs, wanted, pairing.statements.outputs.values(), strict=False):
        if not (longer and value.layout is not None):  # a layout doesn't say where one step lies
            _require(x, mine[name], value, before, after, f" and {LONGER} time steps in place of 1" * longer)


def _resized(x: Tensor, axis: int, samples: int) -> Tensor:
    """An example with so many samples, which have its numbers in other orders."""
    generator, rows = torch.Generator().manual_seed(0), x.movedim(axis, 0)
    one = rows[0].flatten()
    found = [rows[0], *(one[torch.randperm(len(one), generator=generator)].view(rows[0].shape) for _ in range(samples - 1))]
    return torch.stack(found).movedim(0, axis)


def _require(x: Tensor, y: Tensor, value: Value, before: int, after: int, steps: str) -> None:
    layout = None if value.layout is None else _with_samples(value.layout, before, after)
    if (value.layout is not None and layout is None) or value.lead == ("NT",):
        return
    fits = x.shape == layout.shape if layout is not None else x.numel() == y.numel()
    ordered = in_order(x, layout) if fits else x
    if not fits or (ordered.reshape(y.shape) - y).abs().max() > CLOSE * max(1.0, float(y.abs().max())):
        kind = ForeignError if layout is not None or x.shape == y.shape else _OtherShapeError
        raise kind(
            f"with {after} samples in place of {before}{steps} the module's result differs from the spec's",
            "don't exchange time steps and samples without exchanging them back; give an example in which their numbers differ",
        )


def _with_samples(layout: Layout, before: int, after: int) -> Layout | None:
    """A layout with another number of samples; None if these aren't a dimension, or a part of one, as a whole."""
    parts = [part for part in layout.parts if part.axis == "N"]
    if parts != [Part("N", before, 1)]:
        return None
    dimensions = [
        tuple(part._replace(size=after) if part.axis == "N" else part for part in dimension) for dimension in layout.dimensions
    ]
    return replace(layout, dimensions=tuple(dimensions))
