"""`spikegraph energies`, and `stats --energy` by several models."""

import pytest

from spikegraph.analysis.energy import ENERGY_MODELS

SPEC = ("stats", "specs/cifar10.sdhs", "--genotype", "specs/genotypes/cifar10.sdhs")


def test_the_list(spikegraph):
    done = spikegraph("energies")
    names = [line.split()[0] for line in done.out.splitlines()]
    assert names == ["model", *(name for name in ENERGY_MODELS if ENERGY_MODELS.is_built_in(name))]


def test_a_page_has_formula_constants_and_source(spikegraph):
    done = spikegraph("energies", "spikesim")
    titles = [part.split(":")[0] for part in done.out.split("\n\n")]
    assert titles == ["spikesim", "energy", "picojoules", "left out", "source"]
    assert "crossbar 1.76423" in done.out
    (model,) = spikegraph("energies", "spikesim", "--json").json["energies"]
    assert (model["name"], model["picojoules"]["neuron"]) == ("spikesim", pytest.approx(5.096))


def test_an_unknown_model(spikegraph):
    done = spikegraph("energies", "lemair")
    assert done.status == 2
    assert "no energy model is called `lemair`; did you mean `lemaire`?" in done.err


def test_all_models(spikegraph):
    """The names are keys; what can't be priced says why."""
    found = spikegraph(*SPEC, "--energy", "all", "--json").json["energy"]
    assert ENERGY_MODELS.keys() <= found.keys()
    assert found["cmos-45nm"]["inference_millijoules"] == found["inference_millijoules"]
    assert found["loihi"] == {"refused": "its synapses take spikes, and `stem` has real numbers"}
    assert "ann_inference_millijoules" not in found["spikesim"]
    assert found["simple"]["ann_inference_millijoules"] < found["simple"]["inference_millijoules"]
    layers = found["layers"]
    assert sum(layer["synaptic_operations"] for layer in layers) == pytest.approx(found["synaptic_operations"])


def test_three_columns(spikegraph):
    """Operations, with memory, and the quantised ANN; totals are those of JSON."""
    done, found = spikegraph(*SPEC), spikegraph(*SPEC, "--json").json["energy"]
    head, *rows = done.out.splitlines()
    assert head.endswith("cmos-45nm mJ  simple mJ  simple ANN mJ")
    total = next(row for row in rows if row.startswith("total")).split()[-3:]
    simple = found["simple"]
    millijoules = [
        found["cmos-45nm"]["inference_millijoules"],
        *(simple[k] for k in ("inference_millijoules", "ann_inference_millijoules")),
    ]
    assert total == [f"{n:.4g}" for n in millijoules]
    assert "cmos-45nm: 10.8 mJ, as an ANN of 3 bits 9.2 mJ; both are equal at a firing rate of 85.2 %" in done.out
    assert "all models" not in done.out


def test_a_model_that_cannot_price_the_network(spikegraph):
    done = spikegraph(*SPEC, "--energy", "loihi")
    assert done.status == 2
    assert "loihi can't price this network: its synapses take spikes, and `stem` has real numbers" in done.err
