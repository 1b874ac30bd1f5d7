"""A step with explicit states gives the values and states of `Model.stream()`, for every operation that has a state."""

import networks
import numpy as np
import pytest
import torch

from spikegraph.backends.torch.exporting.step import StreamingStep

pytestmark = pytest.mark.unchecked

NEURONS = {
    "lif": "decay = 0.5  reset = soft",
    "reached": "spike_at = reached  threshold = 0.3",
    "late": "reset = late  levels = 2",
    "plif": "decay = learn(0.6, per = channel)  threshold = learn(0.4)",
    "tempered": "surrogate = superspike(b = learn(3, per = channel))",
    "alif": "model = alif(adaptation = learn(0.3), adaptation_decay = 0.8)",
    "cuba": "model = cuba(current_decay = learn(0.3, per = channel))  decay_input = true",
    "integer": "levels = 3  reset = soft  threshold = 0.3",
    "nearest": "levels = 3  spike_at = nearest",
    "quiet": "decay = learn(0.6)  fires = false",
    "potential": "fires = false",
    "relu": "model = relu",
}

NETWORK = """sdhs 1
neuron one { NEURON }
network net {
  input view : real[2, 6, 8]
  stem = view -> conv(3, out = 4, stride = 2) -> norm -> one
  deep = stem -> conv(3, out = 6) -> norm -> one
  output features = deep
  output logits = deep -> pool -> linear(4) -> mean(time)
}
"""

OTHERS = {
    "loop": """
  input x : real[3, 6, 5]
  a = add(x -> conv(3, out = 4), previous(b) -> conv(3, out = 4)) -> lif
  b = a -> conv(3, out = 2) -> lif
  output y = b -> pool -> linear(2)
""",
    "image": """
  input x : real[3, 6, 5]
  time = 4
  a = x -> conv(3, out = 4) -> norm(per = step) -> lif
  output y = add(a, x -> conv(1, out = 4)) -> pool -> linear(2) -> mean(time)
""",
    "once": """
  input x : real[3, 6, 5]
  time = 4
  output once = x -> conv(3, out = 2) -> norm -> pool -> linear(2) -> mean(time)
  output y = x -> conv(3, out = 4) -> lif
""",
    "events": """
  input x : events[2, 6, 8]
  a = x -> conv(3, out = 4) -> norm(kind = instance) -> lif
  output y = a -> pool(avg, kernel = 3, stride = 2) -> conv(3, out = 2) -> lif
""",
}


def texts():
    for name, neuron in NEURONS.items():
        yield name, NETWORK.replace("NEURON", neuron)
    for name, body in OTHERS.items():
        yield name, f"sdhs 1\nneuron lif {{ }}\nnetwork net {{{body}}}\n"


@pytest.mark.parametrize(("name", "text"), list(texts()), ids=[name for name, _ in texts()])
@pytest.mark.parametrize("batch", [1, 3])
def test_states_and_values_are_those_of_the_stream(name, text, batch):
    model = networks.of_text(text)
    step, stream = StreamingStep(model), networks.lower(model.plain).eval().stream()
    stream.model.load_state_dict(model.state_dict())
    state = step.zeros(batch)
    with torch.no_grad():
        for given in networks.inputs(model, batch, 4):
            wanted = stream.step(given)
            found = step(*given.values(), *state)
            state = found[len(step.signature.outputs) :]
            by_name = dict(zip(step.signature.outputs, found, strict=False))
            for array, value in by_name.items():
                torch.testing.assert_close(value, wanted[array.node], rtol=1e-6, atol=1e-6)
            for array, value in zip(step.signature.states, state, strict=True):
                held = networks.state_of(model, stream, array.name, batch)
                assert value.shape == (batch, *array.shape)
                np.testing.assert_allclose(value, held, rtol=1e-6, atol=1e-6, err_msg=array.name)
    assert (
        networks.fired({a.name: v.numpy() for a, v in zip(step.signature.states, state, strict=True)}) > 0.1 or name == "relu"
    )


def test_names_and_order():
    signature = StreamingStep(networks.of_text(dict(texts())["alif"])).signature
    assert signature.taken == ("view", "stem:v", "stem:a", "deep:v", "deep:a", "logits:sum", "logits:count")
    assert signature.returned[:3] == ("features", "logits", "stem:v:next")
    assert [array.shape for array in signature.states[-2:]] == [(4,), ()]


def test_samples_of_a_batch_may_be_at_different_steps():
    """The mean over time counts the steps of each sample alone."""
    model = networks.of_text(dict(texts())["lif"])
    step = StreamingStep(model)
    (first,) = networks.inputs(model, 1, 1)
    later = step(first["view"], *step.zeros(1))[2:]
    both = [torch.cat(pair) for pair in zip(step.zeros(1), later, strict=True)]
    together = step(first["view"].repeat(2, 1, 1, 1), *both)
    alone = [step(first["view"], *state) for state in (step.zeros(1), later)]
    for number, value in enumerate(together):
        torch.testing.assert_close(value, torch.cat([each[number] for each in alone]))
