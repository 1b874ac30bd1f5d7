"""Exported modules, run where spikegraph can't be imported, beside their networks: float64, evaluation and training."""

from pathlib import Path

import pytest

from spikegraph.backends.python.module import RefusedError
from spikegraph.generate import random_spec, seeded
from spikegraph.program.program import Program

from ..sampled import drawn, sampled
from .judged import GAINS, SPECS, STEPS, Case, program, run_outside

SAMPLE = ("spikformer", "resnet18", "plif_net", "stereospike", "autosnn64", "srnn_shd", "psn_cifar10", "qkformer", "vgg9")
"""Systems of the zoo that are always compared: blocks, attention, learned numbers, values of losses, loops, all steps at once,
masks of heads, factors of steps."""

RANDOM = range(60)
"""Seeds of random networks."""


def cases(paths: list[Path], folder: Path) -> dict[str, Case]:
    found = {
        path.stem: Case(
            program(path), folder / path.stem, gain=GAINS.get(path.stem, 2.0), steps=STEPS.get(path.stem, 3), small=True
        )
        for path in paths
    }
    run_outside(list(found.values()))
    return found


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    paths = [SPECS / "zoo" / f"{name}.sdhs" for name in SAMPLE]
    return cases([*paths, SPECS / "stereo.sdhs"], tmp_path_factory.mktemp("sample"))


@pytest.mark.parametrize("name", [*SAMPLE, "stereo"])
def test_networks_of_the_zoo(sample, name):
    assert sample[name].check() > 0


LARGE = ("eis",)
"""Takes long even on the smallest maps that it has; `lif_firenet` has a loop on maps, and `ddes` the other layers."""
KNOWN = (*SAMPLE, "stereo", *LARGE)
PATHS = sorted([*SPECS.glob("*.sdhs"), *(SPECS / "zoo").glob("*.sdhs")])
SILENT = ("autodeeplab", "darts", "psmnet", "leastereo", "ddes", "eitnet", "eis", "spikedhs_relu")
"""Systems without spikes."""


NAMES = [path.stem for path in PATHS if path.stem not in KNOWN]
ALWAYS = 6
"""How many of them are compared without `--long`."""


@pytest.fixture(scope="module")
def others(request, tmp_path_factory):
    chosen = {*NAMES, *LARGE} if request.config.getoption("--long") else drawn(NAMES, ALWAYS)
    return cases([path for path in PATHS if path.stem in chosen], tmp_path_factory.mktemp("others"))


@pytest.mark.slow
@pytest.mark.parametrize("name", sampled(NAMES, ALWAYS, never=LARGE))
def test_all_other_networks_of_the_package(others, name):
    assert (others[name].check() > 0) == (name not in SILENT)


def test_random_networks(tmp_path):
    """Operations, models of neurons and loops as the generator of tests draws them."""
    found, refused = [], 0
    for seed in RANDOM:
        made = random_spec(seeded(seed))
        network = Program.of_text(made.text, "net.sdhs")
        if not network.check("retrain").has_errors and seed not in ILL_CONDITIONED:
            try:
                found.append(Case(network, tmp_path / str(seed), steps=made.steps))
            except RefusedError:
                refused += 1
    run_outside(found)
    for case in found:
        case.check()
    assert len(found) > len(RANDOM) / 2
    assert refused <= 2


ILL_CONDITIONED = (37,)
"""Seeds of networks with a norm of one channel, whose gradient is rounding."""
