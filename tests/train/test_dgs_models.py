"""Searches of the surrogates of neurons of other models than Eq. 1."""

import pytest
from dgs_candidates import assert_as_separate
from dgs_networks import chain

from spikegraph.dsl.models.library import library, library_model
from spikegraph.dsl.schema.neuron_models import signature_of
from spikegraph.ir.neuron import Chosen, Constant, Learned, Neuron

pytestmark = pytest.mark.usefixtures("one_thread")

NEURONS = {
    "adaptive": Neuron(model="alif", constants=tuple(Constant(name=f"adaptation{s}", value=0.3) for s in ("", "_decay"))),
    "learned": Neuron(learned=(Learned(name="decay", per="channel"),)),
    "integer": Neuron(levels=3, reset="soft"),
}


OF_LIBRARY = tuple(
    name
    for name in library()
    if name not in ("lif", "alif")
    and library_model(name).plain.states
    and len(library_model(name).inputs) == 1
    and "surrogate" in signature_of(library_model(name)).keys
)


SCALES = {"adlif": 10.0, "brf": 300.0, "izhikevich": 300.0}
"""Scales of norms, for models that fire in a few steps only at larger currents."""


def of_library(name: str) -> Neuron:
    """A neuron with the numbers of its text, learned where it says so."""
    model = library_model(name)
    own = {number.name: number.value for number in model.numbers}
    return Neuron(
        model=name,
        constants=tuple(Constant(name=k, value=v) for k, v in own.items() if k not in ("decay", "threshold")),
        learned=tuple(Learned(name=n.name, per=n.learned) for n in model.numbers if n.learned),
        options=tuple(Chosen(name=o.name, word=o.value) for o in model.options if o.name != "decay_input"),
        **{k: own[k] for k in ("decay", "threshold") if k in own},
    )


@pytest.mark.parametrize("name", OF_LIBRARY)
def test_neurons_of_the_library(name: str) -> None:
    model, losses, batch = chain("n0", base=of_library(name), surrogate="superspike", scale=SCALES.get(name, 1.0))
    assert_as_separate(model, losses, batch, 1e-10)


@pytest.mark.parametrize("place", ["first", "n0"])
@pytest.mark.parametrize("name", NEURONS)
def test_neurons_of_every_model(name: str, place: str) -> None:
    model, losses, batch = chain(place, base=NEURONS[name])
    assert {n.op.name for n in model.graph if "dgs" in n.notes} == {"neuron"}
    assert_as_separate(model, losses, batch, 1e-12)
