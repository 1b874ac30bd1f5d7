"""The bounds of what neurons remember, against other programs: each model with currents and states somewhere in wide bounds."""

import numpy as np
import pytest

from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.meaning.composites import Choices, flat
from spikegraph.meaning.rounding.bounded import FLOAT64, Bounded
from spikegraph.meaning.rounding.network import BoundedReference
from spikegraph.meaning.rounding.neurons import alternatives, followed, stepped
from spikegraph.program.program import Program
from spikegraph.validation.drawn import drawn_weights

NEURONS, STEPS = 400, 6
MODELS = [
    name
    for name, signature in NEURON_MODELS.items()
    if not signature.constants and signature.remembers and not (signature.model and signature.model.over_time)
]


@pytest.mark.parametrize("width", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("model", MODELS)
def test_states_are_within_their_bounds_whatever_the_neurons_do(model, width):
    """The program's numbers are drawn within the bounds of the reference's, and it decides for its own spikes."""
    text = NEURON_MODELS[model].model
    names = ("I",) if text is None else text.inputs
    others = "".join(f", {name} = {name}" for name in names[1:])
    inputs = "\n".join(f"  input {name} : real[1]" for name in names)
    spec = f"sdhs 1\nneuron act {{ model = {model} }}\nnetwork net {{\n{inputs}\n  output y = {names[0]} -> act"
    program = Program.of_text(f"{spec}{f'({others[2:]})' if others else ''}\n}}\n", "net.sdhs").checked()
    graph = flat(program.build("retrain").space, Choices())
    (node,) = (each for each in graph if hasattr(each.op, "neuron"))
    f = BoundedReference(graph, drawn_weights(graph, 0), FLOAT64).evaluation(node, 0, 1)
    draw = np.random.default_rng(0)
    shape, before, within = (NEURONS, 1), {}, 0
    for _ in range(STEPS):
        centres = [2 * draw.standard_normal(shape) for _ in names]
        xs = [Bounded(x, width * draw.random(shape) ** 4) for x in centres]
        states = {name: Bounded(s, width * draw.random(shape) ** 4) for name, s in before.items()}
        inside = lambda b: b.value + b.error * draw.uniform(-1, 1, shape)  # noqa: E731
        now = stepped(f, [inside(x) for x in xs], {name: inside(s) for name, s in states.items()})
        found = alternatives(f, xs, states)
        assert not followed(found, lambda places, count, given=now.result: given[places] == count)[1].any()
        for name, bounds in found.state(now.result).items():
            apart = np.abs(now.state[name] - bounds.value)
            assert (apart <= bounds.error).all(), (name, np.argwhere(apart > bounds.error)[:3])
            within += int((bounds.error < 1e3).sum())
        before = stepped(f, centres, before).state
    assert within > 0.5 * NEURONS * STEPS
