"""A step with explicit states gives the values and states of `Model.stream()`, for every operation that has a state."""

import exact_networks as networks
import numpy as np
import pytest
import torch
from stateful_specs import texts

from spikegraph.backends.torch.exporting.program import traced
from spikegraph.backends.torch.exporting.step import StreamingStep

pytestmark = pytest.mark.unchecked


@pytest.mark.parametrize(("name", "text"), list(texts()), ids=[name for name, _ in texts()])
@pytest.mark.parametrize("batch", [1, 3])
def test_states_and_values_are_those_of_the_stream(name, text, batch):
    model = networks.of_text(text)
    step, stream = StreamingStep(model), networks.lower(model.plain).eval().stream()
    stream.model.load_state_dict(model.state_dict())
    state = step.begin(batch)
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
    later = step(first["view"], *step.begin(1))[2:]
    both = [torch.cat(pair) for pair in zip(step.begin(1), later, strict=True)]
    together = step(first["view"].repeat(2, 1, 1, 1), *both)
    alone = [step(first["view"], *state) for state in (step.begin(1), later)]
    for number, value in enumerate(together):
        torch.testing.assert_close(value, torch.cat([each[number] for each in alone]))


def test_neurons_without_states_are_traced_for_any_number_of_samples():
    """However few values a sample has: 64 here, where generated kernels begin at 32768."""
    text = "neuron ramp { model = relu }\nnetwork net { input x : real[1, 8, 8]  time = 1  output y = x -> ramp }"
    model = networks.of_text(f"sdhs 1\n{text}\n")
    program = traced(model, "torch").program.module()
    for batch in (1, 600):
        x = torch.randn(batch, 1, 8, 8, generator=torch.Generator().manual_seed(batch))
        assert torch.equal(program(x)[0], torch.relu(x))
