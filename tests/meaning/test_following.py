"""Networks with bounds that follow the spikes of another program: what is explained, what is not, and what is unknown."""

import re

import numpy as np
import pytest
from one_reference import graph_of

from spikegraph.base.errors import InputError
from spikegraph.meaning.inputs import Inputs
from spikegraph.meaning.rounding.bounded import FLOAT64, UNKNOWN, Bounded
from spikegraph.meaning.rounding.network import BoundedReference, bounded_reference_of
from spikegraph.meaning.rounding.neurons import alternatives
from spikegraph.meaning.rounding.spikes import explained
from spikegraph.program.program import Program


def neurons(**keys):
    """Neurons [1] with a threshold of 1/2 and a decay of 1/2, whose reset is hard."""
    return graph_of("neuron", {"neuron": {"threshold": 0.5, "decay": 0.5, **keys}}, (1,))


def follow(graph, currents, spikes, precision=FLOAT64):
    given = np.reshape(np.asarray(spikes, float), (-1, 1, 1))
    reference = BoundedReference(graph, {}, precision)
    return explained(reference, {"x0": np.reshape(np.asarray(currents, float), (-1, 1, 1))}, {"y": given})


def ends(bounded):
    """The least and the largest number."""
    return bounded.value - bounded.error, bounded.value + bounded.error


def test_a_spike_far_from_the_threshold_is_wrong():
    """u = 0.75 without and 0.25 with a spike at the step before."""
    found = follow(neurons(), [0.25, 0.75, 0.25], [0, 1, 1])
    assert found.wrong is not None
    assert (found.wrong.node, found.wrong.step, found.wrong.place, found.wrong.distance) == ("y", 2, (0, 0), 0.25)
    assert 0 < found.wrong.bound < 1e-14
    assert str(found.wrong).startswith("neuron [0] of `y` at step 2 of sample 0, whose potential is 0.25 from its threshold")
    assert found.spikes == 3 and found.outputs == {}


@pytest.mark.parametrize(("reset", "left"), [("hard", 0.0), ("soft", 0.0), ("late", -0.25)])
@pytest.mark.parametrize("fires", [0, 1])
def test_a_spike_at_the_threshold_is_followed(reset, left, fires):
    """u[0] = 0.5 fires or not; if it does, `left` remains of the potential, else 0.25."""
    after = 0.3 + (left if fires else 0.25) > 0.5
    found = follow(neurons(reset=reset), [0.5, 0.3], [fires, after])
    assert found.wrong is None
    assert (found.spikes, found.undecided, found.differing, found.unknown) == (2, 1, fires, 0)
    assert follow(neurons(reset=reset), [0.5, 0.3], [fires, not after]).wrong.step == 1


def test_a_potential_between_its_value_and_the_threshold():
    """The potential is 0.498 with a bound of 0.004: that of a program that doesn't fire may be up to the threshold, 0.5."""
    graph = neurons()
    f = BoundedReference(graph, {}, FLOAT64).evaluation(graph.node("y"), 0, 1)
    found = alternatives(f, [Bounded(np.full((1, 1), 0.498), np.full((1, 1), 0.004))], {})
    assert found.undecided.all()
    low, high = ends(found.state(np.zeros((1, 1)))["v"])
    assert low <= 0.494 and 0.5 <= high < 0.51
    low, high = ends(found.state(np.ones((1, 1)))["v"])
    assert -0.01 < low <= 0 <= high < 0.01  # after a spike


def test_two_equal_planes_make_neurons_unknown():
    """The disparity is 0 or 4, whichever plane is the better one, so up to 3 spikes are explained, also 2."""
    text = """sdhs 1
neuron many { decay = 0  levels = 3  threshold = 0.6 }
network net {
  input image : real[1, 1, 2]
  input x : real[1, 5, 1, 2]
  output y = x -> subpixel(support = 1, step = 1, like = image) -> many
}
"""
    graph = Program.of_text(text, "net.sdhs").checked().build("retrain").space
    x = np.reshape(
        [[1.0, 0], [0, 1], [1, 0]], (1, 1, 1, 3, 1, 2)
    )  # planes 0 and 2 are equal at the left, 1 is best at the right
    inputs = {"image": np.zeros((1, 1, 1, 1, 2)), "x": x}
    reference = bounded_reference_of(graph, {}, precision=FLOAT64)
    for spikes in (0, 2, 3):
        found = explained(reference, inputs, {"y": np.reshape([spikes, 1.0], (1, 1, 1, 1, 2))})
        assert found.wrong is None
        assert (found.spikes, found.undecided, found.unknown) == (2, 1, 1)
        assert found.outputs["y"].value.ravel().tolist() == [spikes, 1]
    assert explained(reference, inputs, {"y": np.reshape([0, 2.0], (1, 1, 1, 1, 2))}).wrong.place == (0, 0, 0, 1)


def test_a_sequence_and_its_steps_one_by_one():
    """Loops, neurons, a value of the step before, a norm with a factor for each step, and a mean over time."""
    text = """sdhs 1
neuron lif { decay = 0.5 }
neuron slow { model = cuba(current_decay = 0.3)  reset = late }
network net {
  input x : real[2, 5, 5]
  input w : real[2, 5, 5]
  a = add(x, previous(b)) -> conv(3, out = 2) -> norm(per = step, steps = 4) -> lif
  b = a -> conv(3, out = 2) -> slow
  c = add(b, previous(w)) -> norm(per = step, steps = 4)
  output y = c -> pool -> linear(2) -> mean(time)
  output z = c
}
"""
    graph = Program.of_text(text, "net.sdhs").checked().build("retrain").space
    random = np.random.default_rng(0)
    weights = {
        f"{leaf}.{name}": random.normal(size=shape)
        for node in graph
        for leaf, of in node.leaves.items()
        for name, shape in of.items()
    }
    weights |= {f"{norm}.running_{what}": np.full(2, 0.5) for norm in ("a.norm", "c") for what in ("mean", "var")}
    reference = bounded_reference_of(graph, weights)
    assert reference.steps == 4
    inputs = {name: random.normal(size=(4, 3, 2, 5, 5)) for name in ("x", "w")}

    def free(fired):
        return fired.found.free, fired.found.state()

    whole = reference.run(Inputs(inputs, 4, 3), free)
    states, found = {}, []
    for step in range(4):
        ran = reference.run(Inputs({name: x[step : step + 1] for name, x in inputs.items()}, 1, 3), free, states)
        states = ran.states
        found.append(ran.outputs)
    np.testing.assert_allclose(found[-1]["y"].value, whole.outputs["y"].value, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(np.concatenate([each["z"].value for each in found]), whole.outputs["z"].value, atol=1e-12)
    np.testing.assert_allclose(np.concatenate([each["z"].error for each in found]), whole.outputs["z"].error, rtol=1e-6)
    assert (whole.outputs["y"].value == explained(reference, inputs, {}).outputs["y"].value).all()
    assert (whole.outputs["y"].error < 1e-2).all()


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"z": np.zeros((2, 1, 1))}, "there are spikes of `z`, but the network has no such neurons"),
        ({"y": np.zeros((2, 1, 3))}, "the spikes of `y` are [2, 1, 3], not [T, 1, 1]"),
        ({"y": np.zeros((1, 1, 1))}, "the spikes of `y` are [1, 1, 1], not [T, 1, 1]"),
    ],
)
def test_spikes_of_another_network(given, text):
    with pytest.raises(InputError, match=f"^{re.escape(text)}"):
        explained(BoundedReference(neurons(), {}), {"x0": np.zeros((2, 1, 1))}, given)


def test_a_bound_that_is_no_number_is_unknown():
    errors = np.asarray([np.nan, np.inf, 1e40, 0.5])
    assert Bounded.of(np.zeros(4), errors).error.tolist() == [UNKNOWN, UNKNOWN, UNKNOWN, 0.5]
    assert Bounded(np.asarray([3.0, 0, 0]), np.asarray([0.41, 0.39, np.inf])).loose.tolist() == [True, False, True]
