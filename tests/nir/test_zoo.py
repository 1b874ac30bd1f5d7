"""Systems of the zoo, small as for the sample, in SpikingJelly: the spikes of all neurons at every step."""

from pathlib import Path

import nir
import numpy as np
import pytest
import torch
from nir_networks import exported
from readers import in_spikingjelly
from simulated import check_data

from spikegraph.program.program import Program
from spikegraph.searches.cell_space import CellSpace

SPECS = Path(__file__).parents[2] / "specs"
DECIDED = {
    "resnet18": (),
    "resnet19": (),
    "resnet34": ("resnet34.W=4", "resnet34.size=32"),
    "sew_resnet18": (),
    "sew_resnet34": (),
    "cifarnet": (),
    "plif_net": (),
    "autosnn64": (),
}
GAINS = {**dict.fromkeys(("plif_net", "autosnn64", "autosnn"), 12.0), "cifarnet": 4.0}
"""Factors of weights so that neurons fire whose current is scaled or has no bias."""
SPACES = ("snasnet_fw", "autosnn", "nasbench201")
LIKE_OTHERS = {
    "resnet19": "resnet18",
    "resnet34": "resnet18",
    "sew_resnet34": "sew_resnet18",
    "autosnn64": "autosnn",
    "nasbench201": "the other two spaces",
}
"""Systems that others resemble, which always run."""


def parameters(names):
    return [pytest.param(name, marks=[pytest.mark.long] * (name in LIKE_OTHERS)) for name in names]


def read(name, overrides=()):
    path, genotype = SPECS / "zoo" / f"{name}.sdhs", SPECS / "zoo" / "genotypes" / f"{name}.sdhs"
    profile = "sample" if "profile sample" in path.read_text(encoding="utf-8") else None
    return Program.read(path, profile=profile, overrides=overrides, genotype=genotype if genotype.exists() else None)


def compare(program, folder, gain=2.5):
    """No neuron's spike differs, at no step; some neurons of all but the last layers fire."""
    path, check = exported(program, folder, gain)
    inputs, spikes, output = check_data(path, check)
    found = in_spikingjelly(path, inputs)
    assert {k: int((found[k] != v).sum()) for k, v in spikes.items()} == dict.fromkeys(spikes, 0)
    assert sum(0 < v.mean() < 1 for v in spikes.values()) > len(spikes) / 2
    mean = found["output"].mean(0, keepdims=True) if nir.read(path).metadata["mean_over_time"] else found["output"]
    assert np.abs(mean - output).max() < 1e-7 * max(1, np.abs(output).max())  # a vote divides by 10 in float32


@pytest.mark.parametrize("name", parameters(DECIDED))
def test_networks(name, tmp_path):
    compare(read(name, DECIDED[name]).checked("deploy"), tmp_path, GAINS.get(name, 2.5))


@pytest.mark.parametrize("name", parameters(SPACES))
def test_random_architectures_of_spaces(name, tmp_path):
    program = read(name)
    architecture = CellSpace.of(program.space("search")).draw(np.random.default_rng(1))
    compare(program.bind(architecture.text()).checked("deploy"), tmp_path, GAINS.get(name, 2.5))


def test_the_cells_of_the_paper(tmp_path):
    path = SPECS / "cifar10.sdhs"
    program = Program.read(path, profile="sample", genotype=SPECS / "genotypes" / "cifar10.sdhs")
    torch.manual_seed(0)
    compare(program.checked("deploy"), tmp_path)
