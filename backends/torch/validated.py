"""Whether a network whose norms are folded computes what the trained one does: the reference of the spec is the judge."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from torch import Tensor

from spikegraph.backends.torch.judge import arrays, by_kernels, neuron_of
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.spikes import neurons, split
from spikegraph.base.errors import MisfitError, NoReferenceError, ValidationError
from spikegraph.base.notices import tell, telling_if_slow
from spikegraph.ir.folding import FOLDED
from spikegraph.ir.graph import Graph
from spikegraph.meaning.call import Array
from spikegraph.meaning.composites import flat
from spikegraph.meaning.rounding.bounded import BFLOAT16, FLOAT32, FLOAT64
from spikegraph.meaning.rounding.network import BoundedReference
from spikegraph.meaning.rounding.spikes import Explained, explained
from spikegraph.meaning.weights import checked
from spikegraph.passes import pipeline
from spikegraph.program.phases import Built
from spikegraph.validation.drawn import drawn_inputs
from spikegraph.validation.pipelines import decided, validate
from spikegraph.validation.smaller import smallest

TRUSTED = "the network with folded norms isn't compared with the trained one"


def validate_folded(model: Model, built: Built, trained: Mapping[str, Tensor]) -> None:
    """Compares a model with the network that its spec says, on random inputs of the smallest size that its weights allow.

    Spikes and results must be equal but for the rounding of the model's precision. Without folded norms nothing is compared,
    nor where an operation or a neuron model of a plug-in has no reference: it is trusted, with a notice.

    Args:
        model: The model, in evaluation mode.
        built: The graphs that it was made from.
        trained: The weights before the norms were folded, as in the `state_dict()` of the phase `retrain`.

    Raises:
        ValidationError: The model computes something else; the error names the pass, if one is the reason.
    """
    if not any(FOLDED in node.notes for node in built.plain):
        return
    if trusted := [built.plain.node(name) for name in by_kernels(built.plain)]:
        neuron = neuron_of(trusted[0])
        what = trusted[0].op.name if neuron is None else neuron.model
        tell(f"{TRUSTED}: `{what}` of `{trusted[0].name}` has no reference")
        return
    weights = arrays(trained)
    try:
        with telling_if_slow("comparing the network with folded norms with the trained one"):
            wrong = _wrong(model, built, weights)
    except NoReferenceError as error:  # of a layer of several operations
        tell(f"{TRUSTED}: {error.summary}")
        return
    if wrong is not None:
        validate(built.space, built.passes, weights=weights)  # names the pass
        summary = f"the network with folded norms doesn't compute what the trained one does: {wrong}"
        raise ValidationError(summary, "use the form `retrain`, and report it with the run's folder")


def _wrong(model: Model, built: Built, weights: Mapping[str, Array]) -> str | None:
    """The first number that rounding doesn't explain, in words."""
    choices = decided(built.passes)

    def suits(small: Graph) -> None:
        made = pipeline.run(built.passes, small)
        if [node.name for node in made] != [node.name for node in built.graph]:  # a resizing that the model doesn't have
            raise MisfitError("the network has other operations at this size")
        checked(flat(small, choices), weights)

    simple = flat(smallest(built.space, suits), choices)
    return judged(model, simple, weights, drawn_inputs(simple)).wrong


@dataclass(frozen=True)
class Judged:
    """A model beside the reference on the same inputs.

    Attributes:
        explained: The spikes that were compared.
        wrong: The first number that rounding doesn't explain, in words; None if there is none.
    """

    explained: Explained
    wrong: str | None


def judged(model: Model, simple: Graph, weights: Mapping[str, Array], inputs: Mapping[str, Array], sample: int = 0) -> Judged:
    """Compares the spikes and the results of a model with those of the reference, whose neurons follow where rounding decides.

    Args:
        model: The model, in evaluation mode.
        simple: The graph of simple operations that it must compute.
        weights: The weights of that graph.
        inputs: The inputs by name, [T, N, C, *size], or [N, C, *size] where they are the same at every step.
        sample: The number of the first sample, for messages.
    """
    outputs, spikes = _ran(model, inputs)
    precision = FLOAT64 if _double(model) else FLOAT32 if model.low is None else BFLOAT16
    reference = BoundedReference(simple, weights, precision, others=by_kernels(simple))
    found = explained(reference, inputs, {name: x for name, x in spikes.items() if name in simple})
    if found.wrong is not None:
        return Judged(found, str(found.wrong.of_sample(sample + found.wrong.place[0])))
    for name, value in found.outputs.items():
        result = np.broadcast_to(outputs[name], value.value.shape)
        apart = np.abs(value.value - result) - value.error
        if not (apart <= 0).all():
            place = np.unravel_index(np.argmax(apart), apart.shape)
            of = f"the output `{name}` of sample {sample + int(place[1])}"
            return Judged(found, f"{of} is {result[place]:.9g} instead of {value.value[place]:.9g}")
    return Judged(found, None)


def _ran(model: Model, inputs: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
    """The outputs and the spikes of a model by name."""
    first = _first(model)
    given = {name: torch.as_tensor(x, dtype=first.dtype, device=first.device) for name, x in inputs.items()}
    parts, spikes = neurons(model.graph), dict[str, Tensor]()
    with torch.inference_mode():
        found, _ = model.run(given, watch=lambda node, value: spikes.update(split(model.graph, parts, node, value)))
    as_array = {name: x.cpu().double().numpy() for name, x in spikes.items()}
    return {name: found[source].cpu().double().numpy() for name, source in model.graph.outputs.items()}, as_array


def _double(model: Model) -> bool:
    return _first(model).dtype is torch.float64


def _first(model: Model) -> Tensor:
    """A tensor that the model's inputs resemble; a network without weights runs in float32."""
    return next(chain(model.parameters(), model.buffers()), torch.zeros(()))
