"""The reference compared with numbers that were computed independently (tests/vectors)."""

from pathlib import Path

import numpy as np
import pytest
from one_reference import result, traced

with np.load(Path(__file__).parents[1] / "vectors" / "equations.npz") as archive:
    VECTORS = {name: archive[name] for name in archive.files}
with np.load(Path(__file__).parents[1] / "vectors" / "energy.npz") as archive:
    ENERGY = {name: archive[name] for name in archive.files}


def close(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-10)


def test_the_neuron():
    trace = traced("lif", {"neuron": {"decay": 0.2, "threshold": 0.5}}, VECTORS["lif/current"][:, None])
    assert np.array_equal(trace.spikes["y"][:, 0], VECTORS["lif/spikes"])
    close(trace.potentials["y"][:, 0], VECTORS["lif/membrane"])


def test_the_neuron_without_memory():
    trace = traced("lif", {"neuron": {"decay": 0.0, "threshold": 0.5}}, VECTORS["lif/current"][:, None])
    assert np.array_equal(trace.outputs["y"][:, 0], VECTORS["lif0/spikes"])


@pytest.mark.parametrize("steps", ["T1", "T4"])
def test_mixing_at_the_spike_and_at_the_membrane(steps):
    """A node's neuron takes the mixed spikes of the candidates (Eqs. 8 and 9), or their mixed currents (Eqs. 10 and 11)."""
    neuron, mixed = {"neuron": {"decay": 0.2, "threshold": 0.5}}, {"cell": "c", "edge": 0}
    currents = VECTORS[f"mix_spike/{steps}/currents"][:, :, None]
    weights = {"c.alpha": VECTORS[f"mix_spike/{steps}/alpha"][None]}
    spikes = [result("lif", neuron, current) for current in currents]
    total = result("mix", mixed, *spikes, weights=weights)
    close(result("lif", neuron, total)[:, 0], VECTORS[f"mix_spike/{steps}/out"])
    total = result("mix", mixed, *currents, weights=weights)
    close(result("lif", neuron, total)[:, 0], VECTORS[f"mix_membrane/{steps}/out"])


def test_the_cost_volume():
    left, right = (VECTORS[f"volume/{name}"][None, None] for name in ("left", "right"))
    planes = VECTORS["volume/out"].shape[1]
    close(result("cost_volume", {"planes": planes}, left, right)[0, 0], VECTORS["volume/out"])


def test_the_subpixel_estimate():
    found = result("estimate", {"step": 2, "support": 2}, VECTORS["subpixel/similarity"][None, None])
    close(found[0, 0, 0], VECTORS["subpixel/estimate"])


def test_a_norm_behind_a_convolution_is_the_folded_convolution():
    f = {name.removeprefix("fold/"): value for name, value in VECTORS.items() if name.startswith("fold/")}
    x = np.random.default_rng(0).normal(size=(2, 2, 3, 5, 6))
    conv = {"kernel": 3, "out": 4}
    y = result("conv", conv, x, weights={"weight": f["weight"], "bias": f["bias"]})
    statistics = {"weight": f["gamma"], "bias": f["beta"], "running_mean": f["mean"], "running_var": f["var"]}
    folded = result("conv", conv, x, weights={"weight": f["out_weight"], "bias": f["out_bias"]})
    close(result("norm", {}, y, weights=statistics), folded)


@pytest.mark.parametrize("name", ["2x4", "4x4", "6x4", "7x3"])
def test_the_probability_of_a_path_is_the_product_of_the_routes_weights(name):
    beta, path = VECTORS[f"viterbi/{name}/beta"], VECTORS[f"viterbi/{name}/path"]
    probability, level = 1.0, 0
    for layer, to in enumerate(path):
        route = {"trellis": "t", "layer": layer, "level": int(to), "levels": beta.shape[1], "sources": (int(level),)}
        probability *= result("route", route, np.ones((1, 1, 1)), weights={"t.beta": beta}).item()
        level = to
    assert probability == pytest.approx(float(VECTORS[f"viterbi/{name}/probability"]), abs=1e-12)


@pytest.mark.parametrize("net", ["plain", "strided", "signed"])
def test_the_number_of_spikes_of_three_nets(net):
    x = ENERGY[f"{net}/input"]
    decay, threshold = map(float, ENERGY[f"{net}/decay_threshold"])
    layers = sum(name.startswith(f"{net}/layer") for name in ENERGY)
    assert layers > 1
    for i in range(layers):
        out, kernel, stride, padding, dilation, groups = map(int, ENERGY[f"{net}/layer{i}"])
        conv = {"kernel": kernel, "out": out, "stride": stride, "padding": padding, "dilation": dilation}
        conv |= {"groups": groups, "bias": False}
        x = result("conv", conv, x, weights={"weight": ENERGY[f"{net}/weight{i}"]})
        x = result("lif", {"neuron": {"decay": decay, "threshold": threshold}}, x)
        assert x.sum() == ENERGY[f"{net}/spikes{i}"]
