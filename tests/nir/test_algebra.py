"""Models whose lines amount to a neuron of NIR: its numbers by hand, and what amounts to none."""

import nir
import numpy as np
import pytest

from spikegraph.backends.nir.neurons import made, refuse
from spikegraph.backends.nir.wires import RefusedError
from spikegraph.dsl.models.texts import model_of
from spikegraph.ir.neuron import Constant, Neuron

SHAPE, DT = (2, 3), 1e-3


def text(lines, numbers="", states="state v = 0"):
    return f"model own(I) {{\n  number threshold = 1 in (0, inf)\n  {numbers}\n  {states}\n  {lines}\n}}\n"


def node(lines, numbers="", states="state v = 0", **values):
    """The node of neurons of a model; its numbers are those of the arguments."""
    written = text(lines, numbers, states)
    constants = tuple(Constant(name=n.name, value=values[n.name]) for n in model_of(written).numbers if n.name in values)
    neuron = Neuron(model="own", text=written, threshold=0.75, constants=constants)
    refuse(neuron)
    return made(neuron, {"threshold": np.full(SHAPE, 0.75), **{k: np.full(SHAPE, v) for k, v in values.items()}}, DT)


FIRED = "y = fire(u, threshold)  v = reset(u, y)  emit y else u"


def test_a_leaky_neuron_in_other_words():
    """v + (I - v) / tau: decay 1 - 1 / tau, gain 1 / tau, so NIR's tau is tau * dt and its r is 1."""
    found = node(f"u = v[t-1] + (I - v[t-1]) / tau  {FIRED}", "number tau = 4 in [1, inf)", tau=4.0)
    assert isinstance(found, nir.LIF)
    np.testing.assert_allclose(found.tau, np.full(SHAPE, 4 * DT), rtol=1e-15)
    np.testing.assert_allclose(found.r, 1, rtol=1e-15)
    np.testing.assert_array_equal(found.v_threshold, 0.75)


def test_an_integrator_and_a_threshold():
    summed = node(f"u = v[t-1] + 0.5 * I  {FIRED}")
    assert isinstance(summed, nir.IF)
    np.testing.assert_array_equal(summed.r, 0.5 / DT)
    forgets = node("u = 0.5 * I  y = fire(u, threshold)  emit y else u", states="")
    assert isinstance(forgets, nir.Threshold)
    np.testing.assert_array_equal(forgets.threshold, 1.5)


def test_a_synaptic_current():
    lines = f"s = 0.75 * s[t-1] + 2 * I  u = 0.5 * v[t-1] + 0.25 * s  {FIRED}"
    found = node(lines, states="state v = 0  state s = 0")
    assert isinstance(found, nir.CubaLIF)
    np.testing.assert_array_equal(found.tau_syn, DT / 0.25)
    np.testing.assert_array_equal(found.tau_mem, DT / 0.5)
    np.testing.assert_array_equal(found.w_in, 2 / 0.25)
    np.testing.assert_array_equal(found.r, 0.25 / 0.5)


@pytest.mark.parametrize(
    "lines",
    [
        "u = relu(0.5 * v[t-1] + I)  y = fire(u, threshold)  v = reset(u, y)  emit y else u",
        "u = 0.5 * v[t-1] + I + 0.1  y = fire(u, threshold)  v = reset(u, y)  emit y else u",
        "u = 0.5 * v[t-1] + I  y = fire(u, threshold)  v = u - threshold * y  emit y else u",
        "u = 0.5 * v[t-1] + I  y = fire(2 * u, threshold)  v = reset(u, y)  emit y else u",
        "u = -0.5 * v[t-1] + I  y = fire(u, threshold)  v = reset(u, y)  emit y else u",
        "u = 1.5 * v[t-1] + I  y = fire(u, threshold)  v = reset(u, y)  emit y else u",
        "u = 0.5 * v[t-1] + I  y = fire(u, threshold)  v = reset(u, y, to = 0.2)  emit y else u",
        "u = v[t-1] * v[t-1] * 0.1 + I  y = fire(u, threshold)  v = reset(u, y)  emit y else u",
    ],
)
def test_what_amounts_to_none(lines):
    with pytest.raises(RefusedError, match="NIR has no neuron with the equations of `own`"):
        node(lines)
