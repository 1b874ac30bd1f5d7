"""Compares a module with the network that was written for it, in float64: results, spikes, gradients and statistics."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from spikegraph.backends.torch.foreign.causes import cause
from spikegraph.backends.torch.foreign.checks import check_samples
from spikegraph.backends.torch.foreign.exact import exact
from spikegraph.backends.torch.foreign.example import fresh
from spikegraph.backends.torch.foreign.lively import enliven, silent
from spikegraph.backends.torch.foreign.other_samples import check_other_samples
from spikegraph.backends.torch.foreign.other_steps import check_other_steps
from spikegraph.backends.torch.foreign.pairing import Computed, Given, Pairing
from spikegraph.backends.torch.foreign.static_norms import as_counted, factors
from spikegraph.backends.torch.foreign.tensors import gradient_of_ours
from spikegraph.foreign.errors import ForeignError, first_line

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model

CLOSE = 1e-10
"""How far numbers may be apart, relative to the largest of them where that is above 1."""

GRADIENTS = "leave out torch.no_grad(), detach() and what changes tensors in place; train some weights alone after the import"


@dataclass(frozen=True)
class Compared:
    """What was compared with the module.

    Attributes:
        steps: Time steps.
        neurons: Neurons and activations whose results were compared.
        silent: How many of them gave only zeros, also with larger weights.
        gradients: Parameters whose gradients were compared.
        training: Whether training was compared too.
    """

    steps: int
    neurons: int
    silent: int
    gradients: int
    training: bool


def agree(pairing: Pairing, inputs: Sequence[Tensor], steps: int) -> Compared:
    """Checks that a module and its network compute the same, in evaluation and, if the module is in training mode, in training.

    Where neurons are silent, both are compared once more with weights that make them fire.

    Args:
        pairing: The module and its network.
        inputs: The example.
        steps: Time steps to compare of a module that takes one.

    Raises:
        ForeignError: They differ.
    """
    given = [[x.double() for x in inputs]] if pairing.multi_step else _sequence(inputs, steps)
    training = pairing.module.training and all(change.affects != "training" for change in pairing.statements.changed)
    try:
        gradients, quiet = _compare_all(pairing, given, training=training)
    except ForeignError as error:

        def agrees(order: tuple[int, ...]) -> bool:
            try:
                _compare_all(replace(pairing, order=order), given, training=training)
            except ForeignError:
                return False
            return True

        raise cause(pairing.module, inputs, pairing.statements.returned.count(False), agrees) or error from error
    if any(s.op == "scale" for s in pairing.statements.body):
        first = pairing.converted.reading.axis == 0 and pairing.converted.reading.states is None
        with exact():
            check_samples(fresh(pairing.module).eval(), [x.double() for x in inputs], int(first))
    if pairing.multi_step:
        firing = enliven(pairing, given) if pairing.neurons else pairing
        check_other_samples(firing, inputs)
        check_other_steps(firing, inputs)
    steps = (pairing.statements.time or pairing.converted.reading.steps if pairing.multi_step else None) or len(given)
    return Compared(steps, len(pairing.neurons), len(quiet), gradients, training)


def _compare_all(pairing: Pairing, given: Given, *, training: bool) -> tuple[int, set[int]]:
    """Compares in all ways; returns how many gradients were compared, and which neurons were silent."""
    gradients, computed = _compare(pairing, given, training=False, cut=training)
    quiet = silent(computed)
    if training:
        in_training, computed = _compare(pairing, given, training=True)
        gradients = max(gradients, in_training)
        quiet &= silent(computed)
    if quiet:
        _, computed = _compare(enliven(pairing, given), given, training=False, cut=training)
        quiet &= silent(computed)
    return gradients, quiet


def _sequence(inputs: Sequence[Tensor], steps: int) -> list[list[Tensor]]:
    """Inputs for several steps: the example, then its numbers in another order."""
    generator = torch.Generator().manual_seed(0)

    def reordered(x: Tensor) -> Tensor:
        return x.flatten()[torch.randperm(x.numel(), generator=generator)].view(x.shape)

    doubles = [x.double() for x in inputs]
    return [doubles, *([reordered(x) for x in doubles] for _ in range(steps - 1))]


def _compare(pairing: Pairing, given: Given, *, training: bool, cut: bool = False) -> tuple[int, Computed]:
    """Compares in evaluation or in training; returns how many gradients were compared, and what the module computes.

    With `cut` the module may compute without gradients, as neurons of SpikingJelly before 2.0 do in evaluation.
    """
    module, model = fresh(pairing.module).train(training), fresh(pairing.model).train(training)
    theirs, mine = pairing.module_computes(module, given), pairing.model_computes(model, given)
    where = " in training" if training else ""
    for (_, statement), one, other in zip(pairing.neurons, theirs.neurons, mine.neurons, strict=True):
        place = statement.place
        _same(one, other, f"the result of {f'`{place.dotted}`' if place.layer else place.operation}{where}")
    for k, (one, other) in enumerate(zip(theirs.results, mine.results, strict=True)):
        _same(one, other, f"{'the result' if len(theirs.results) == 1 else f'result {k}'}{where}")
    count = 0
    if all(change.affects != "gradients" for change in pairing.statements.changed):
        wanted, found = _gradients(module, theirs.results), _gradients(model, mine.results)
        missing = [w.name for n, w in pairing.names.items() if w.name in wanted and found[n].any() and not wanted[w.name].any()]
        if missing and not cut:
            raise ForeignError(f"`{missing[0]}` has no gradient in the module, but one in the spec", GRADIENTS)
        for name, weight in () if missing else pairing.names.items():
            if weight.name in wanted:
                count += 1
                _same(gradient_of_ours(weight, wanted[weight.name]), found[name], f"the gradient of `{weight.name}`{where}")
    buffers, own = dict(module.named_buffers()), dict(model.named_buffers())
    before, static = dict(pairing.module.named_buffers()), factors(pairing) if training else {}
    for name, weight in pairing.names.items():
        if weight.name in buffers:
            stored = buffers[weight.name]
            counted = as_counted(stored, before[weight.name], *static[name]) if name in static else stored
            _same(counted, own[name], f"`{weight.name}`{where}")
    return count, theirs


def _gradients(module: "nn.Module | Model", results: Sequence[Tensor]) -> dict[str, Tensor]:
    """Gradients by all parameters, of a sum of the results with weights that are the same for any of their shapes.

    They are 0 where no result has a gradient, such as spikes that are compared with a threshold.
    """
    terms = [(r * torch.cos(torch.arange(r.numel(), dtype=r.dtype)).view(r.shape)).sum() for r in results]
    parameters = dict(module.named_parameters())
    if not any(term.requires_grad for term in terms):
        return {name: torch.zeros_like(p) for name, p in parameters.items()}
    try:
        found = torch.autograd.grad(
            torch.stack(terms).sum(), list(parameters.values()), allow_unused=True, materialize_grads=True
        )
    except RuntimeError as error:
        raise ForeignError(f"the module's gradients can't be computed: {first_line(error)}", GRADIENTS) from error
    return dict(zip(parameters, found, strict=True))


def _largest(x: Tensor) -> float:
    """The largest absolute value; NaN if there is one."""
    low, high = torch.aminmax(x)
    return float(torch.maximum(-low, high))


def _same(one: Tensor, other: Tensor, what: str) -> None:
    if one.numel() != other.numel():
        help = "use the results of all time steps; else please report it with the module"
        raise ForeignError(f"{what} has the shape {list(one.shape)}, but {list(other.shape)} in the spec", help)
    difference = _largest(one.detach() - other.detach().reshape(one.shape))
    if not difference <= CLOSE * max(1.0, _largest(one.detach())):
        raise ForeignError(
            f"{what} differs by up to {difference:g} in the spec",
            "change code that depends on the step; correct the adapter, if it is yours; else please report it",
        )
