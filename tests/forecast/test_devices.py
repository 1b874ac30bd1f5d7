"""The table of devices, and how often phases train."""

import re
from pathlib import Path

import pytest

from spikegraph.analysis.devices import DEVICES, REACHED, Device
from spikegraph.backends.torch.forecast.phases import Forecast
from spikegraph.base.memory import shown
from spikegraph.cli.plan_text import seconds_text
from spikegraph.data.splits import indoor_flying
from spikegraph.data.windows import training_windows
from spikegraph.plugins.owners import forget, loading
from spikegraph.program.phase_steps import PhaseSteps, batch_steps, retrain_steps, search_steps
from spikegraph.program.program import Program
from spikegraph.searches.networks import space_of

PAGE = (Path(__file__).parents[2] / "docs" / "scale.md").read_text(encoding="utf-8")


def test_cards_have_all_figures_and_a_source():
    for device in DEVICES.values():
        assert device.source
        if not device.measured:
            assert device.memory is not None and device.memory >= 20 << 30
            assert 1e11 < device.bandwidth < 1e13
            assert device.rates is not None and 1e13 < device.rates["float32"] < 2e14


def test_the_page_has_the_figures_of_all_cards():
    """docs/scale.md has them as they were published."""

    def number(text):  # rates of units that skip zeros are halved
        value = float(
            text.removesuffix("GB").removesuffix("TB/s").removesuffix("GB/s").removesuffix(", halved").replace(",", "")
        )
        return value / 2 if text.endswith("halved") else value * 1000 if text.endswith("TB/s") else value

    rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if line.startswith("| `")]
    cards = {name: cells for name, *cells in rows if name in DEVICES}
    assert list(cards) == [device.name for device in DEVICES.values() if not device.measured]
    for name, (memory, bandwidth, *rates, _) in cards.items():
        device = DEVICES[name]
        assert device.memory == int(number(memory)) << 30
        assert device.bandwidth == number(bandwidth) * 1e9
        units = dict(zip(("float32", "tf32", "bf16"), rates, strict=True))
        published = {unit: number(rate) * 1e12 for unit, rate in units.items() if rate != "none"}
        assert device.rates == pytest.approx(published, rel=1e-3)


def test_units_of_products():
    h100, v100 = DEVICES["h100"], DEVICES["v100-32gb"]
    assert h100.rate("bf16") == 989.4e12 * REACHED["bf16"]
    assert h100.rate("tf32") == 494.7e12 * REACHED["tf32"]
    assert h100.rate("float32") == 67e12 * REACHED["float32"]
    assert v100.rate("tf32") == v100.rate("float32") == 15.7e12 * REACHED["float32"]
    assert v100.rate("bf16") is None


def test_a_plug_in_adds_a_device():
    with loading("mine.py"):
        DEVICES.register("mine", Device("mine", "a card", "me", 1 << 30, 1e12, {"float32": 1e13}))
    try:
        assert DEVICES["mine"].rate("tf32") == 0.75e13
    finally:
        forget("mine.py")
    assert "mine" not in DEVICES


@pytest.mark.parametrize(("split", "steps", "stride"), [(1, 6, 6), (3, 6, 6), (1, 1, 1), (3, 4, 2)])
def test_samples_of_indoor_flying_are_those_that_are_read(split, steps, stride):
    changes = (f"mvsec.split={split}", f"mvsec.steps={steps}", f"mvsec.stride={stride}")
    spec = Program.read("builtin:stereo", overrides=changes).spec
    parts = indoor_flying(split).train
    windows = [window for part in parts for window in training_windows(part.recording, part.frames, steps, stride)]
    assert spec.datasets["mvsec"].training_samples() == len(windows)


def searched(name, *changes):
    program = Program.read(name, overrides=changes)
    return search_steps(program.spec, space_of(program).cells)


def test_steps_of_the_paper():
    # Section 4.1: 50 epochs of half of 50,000 images with batch 50, 15 of them for weights only; then 100 epochs of all.
    spec = Program.read("builtin:cifar10").spec
    assert searched("builtin:cifar10") == PhaseSteps(50 * 500, 35 * 500, 0.0)
    assert retrain_steps(spec) == PhaseSteps(100 * 1000)
    # 1,281,167 images, batch 160.
    assert retrain_steps(Program.read("builtin:imagenet").spec) == PhaseSteps(100 * 8008)
    # Six label maps a sample, after two more stacks: 236 + 281 of them, batch 2.
    stereo = Program.read("builtin:stereo").spec
    assert retrain_steps(stereo) == PhaseSteps(200 * 259)
    assert stereo.retrain is not None and batch_steps(stereo, stereo.retrain) == 8


def test_steps_between_the_decisions_of_a_supernet():
    """Two cells of three nodes have 2 + 3 + 4 edges each, and two nodes that drop some: 22 decisions."""
    found = searched("builtin:cifar10", "search.method=darts(discretise = perturb(epochs = 20))")
    assert found == PhaseSteps((50 + 20 * 22) * 500, 35 * 500, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("spec", ["specs/cifar10-n4.sdhs", pytest.param("builtin:stereo", marks=pytest.mark.long)])
def test_the_page_has_the_plan_of_the_papers_searches(spec):
    """docs/scale.md has them beside the hours that the paper's authors took."""
    name = spec if spec.startswith("builtin:") else str(Path(__file__).parents[2] / spec)
    search = Forecast(Program.read(name), DEVICES["v100-32gb"]).search
    assert search is not None and search.seconds is not None
    (line,) = re.findall(rf"\n\| search, `{re.escape(spec)}`.*? \|( .*) \|\n", PAGE)
    assert line == f" {shown(search.memory)} | {seconds_text(search.seconds)} | {search.hours:.3g}"


def test_steps_that_only_the_data_tell():
    changes = ("search.epoch_samples=10", "retrain.epoch_samples=10")
    assert (searched("builtin:dsec").all, retrain_steps(Program.read("builtin:dsec").spec).all) == (None, None)
    told = Program.read("builtin:dsec", overrides=changes).spec
    assert None not in (searched("builtin:dsec", *changes).all, retrain_steps(told).all)
