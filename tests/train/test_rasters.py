"""Spikes and membrane potentials of a trained network for a sample."""

import random
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import tiny_run
import torch

import spikegraph
from spikegraph.backends.report.sections import rasters as section
from spikegraph.backends.torch.datasets import collate, inputs_of, item
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.rasters import rasters_of
from spikegraph.base.errors import RunFolderError
from spikegraph.data.images import ImageArrays
from spikegraph.data.sets import DataSet
from spikegraph.program.program import Program
from spikegraph.runs.rasters import LayerRaster, Rasters, read_rasters, write_rasters
from spikegraph.tasks import TASKS


def image_set() -> DataSet:
    images = np.random.default_rng(2).integers(0, 256, (30, 4, 4, 1), dtype=np.uint8)
    return DataSet(ImageArrays(images, np.arange(30) % 2, ("cat", "dog")), TASKS["class"])


@pytest.fixture(params=["stereo", "classes"])
def case(request: pytest.FixtureRequest) -> tuple[Model, DataSet]:
    """A network of events, and one of still images, which are the same at every step."""
    torch.manual_seed(1)
    if request.param == "stereo":
        return Model(tiny_run.stereo_graph("c3")), tiny_run.stereo_set(3, 40, crop=False)
    return Model(tiny_run.class_graph()), image_set()


def recorded(model: Model, samples: DataSet) -> Rasters:
    found = rasters_of(model, samples)
    assert found is not None
    return found


def test_spikes_and_potentials_are_those_of_a_loop(case: tuple[Model, DataSet]) -> None:
    model, samples = case
    found, neuron = recorded(model, samples), tiny_run.NEURON
    inputs = inputs_of(collate([item(samples.sample(0))], samples.task), tuple(model.graph.inputs()))
    names = [layer.name for layer in found.layers]
    fed = {name: model.plain.node(name).operands[0] for name in names}
    with torch.inference_mode():
        values = model.eval().values(inputs, tuple(dict.fromkeys((*names, *fed.values()))))
    assert names == [node.name for node in model.plain if node.op.name == "lif"]
    for layer in found.layers:
        steps = len(layer.spikes)
        current = values[fed[layer.name]].double().numpy()
        current = current[:, 0] if model.plain.node(fed[layer.name]).value.steps else np.repeat(current, steps, 0)
        left, spikes, potentials = np.zeros_like(current[0]), [], []
        for t in range(steps):
            u = neuron.decay * left + current[t]
            fired = u > neuron.threshold
            left = np.where(fired, 0.0, u)
            spikes.append(fired.ravel()[layer.units])
            potentials.append(u.ravel()[layer.units[layer.chosen]])
        assert np.array_equal(layer.spikes, np.stack(spikes))
        assert layer.potentials == pytest.approx(np.stack(potentials), abs=1e-5)
        assert (layer.neurons, layer.threshold) == (current[0].size, neuron.threshold)
        # Those with potentials fire at least as often as the others.
        counts = layer.spikes.sum(0)
        assert counts[layer.chosen].min() >= np.delete(counts, layer.chosen).max(initial=0)


def test_a_run_isnt_changed_by_them(case: tuple[Model, DataSet]) -> None:
    model, samples = case
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    numbers = (torch.get_rng_state(), np.random.get_state()[1], random.getstate())
    recorded(model, samples)
    after = (torch.get_rng_state(), np.random.get_state()[1], random.getstate())
    assert torch.equal(numbers[0], after[0]) and np.array_equal(numbers[1], after[1]) and numbers[2] == after[2]
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


def test_events_are_the_signs_of_an_input(tmp_path: Path) -> None:
    torch.manual_seed(1)
    found = recorded(Model(tiny_run.stereo_graph("c3")), tiny_run.stereo_set(3, 40, crop=False))
    stack = tiny_run.Noise().stack("left", 41)
    assert np.array_equal(found.events["left"][-1], np.sign(stack[0] - stack[1]))
    path = tmp_path / "rasters.npz"
    write_rasters(path, found)
    again = read_rasters(path)
    assert again is not None
    assert (again.sample, list(again.events)) == ("noise/40", ["left", "right"])
    for one, other in zip(found.layers, again.layers, strict=True):
        assert np.array_equal(one.spikes, other.spikes) and np.array_equal(one.potentials, other.potentials)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(RunFolderError, match=r"evaluate RUN --examples` writes one again"):
        read_rasters(path)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_rasters_without_a_time_step_or_a_neuron_are_refused(tmp_path: Path, shape: tuple[int, int]) -> None:
    """Nothing writes them, and no axis can be drawn for them."""
    steps, units = shape
    none = (np.zeros(0, np.int64), np.zeros((steps, 0), np.float32))
    layer = LayerRaster("stem", 9, None, np.arange(units, dtype=np.int64), np.zeros(shape, np.uint8), *none)
    write_rasters(tmp_path / "rasters.npz", Rasters("sample", (layer,), {}))
    with pytest.raises(RunFolderError, match=r"the arrays of layer0 don't fit each other"):
        read_rasters(tmp_path / "rasters.npz")


ADAPTIVE = """sdhs 1
neuron act { model = alif(adaptation = 0.4, adaptation_decay = 0.9)  decay = 0.5  threshold = 0.3 }

network net {
  input image : real[1, 4, 4]
  time = 12
  stem = image -> conv(3, out = 4) -> act
  output logits = stem -> pool -> linear(2) -> mean(time)
}
"""


def test_a_threshold_that_changes_by_step_is_not_drawn(tmp_path: Path) -> None:
    """Spikes follow from the threshold and a trace of the spikes before; no line of the chart claims that 0.3 explains them."""
    (tmp_path / "net.sdhs").write_text(ADAPTIVE)
    torch.manual_seed(1)
    model, samples = Model(Program.read(tmp_path / "net.sdhs").build("retrain").plain), image_set()
    found = recorded(model, samples)
    (layer,) = found.layers
    inputs = inputs_of(collate([item(samples.sample(0))], samples.task), tuple(model.graph.inputs()))
    with torch.inference_mode():
        (current,) = model.eval().values(inputs, ("stem.conv",)).values()
    current = current.double().numpy().ravel()[layer.units[layer.chosen]]
    left, trace = np.zeros_like(current), np.zeros_like(current)
    spikes = layer.spikes[:, layer.chosen] > 0
    for t in range(12):
        u = 0.5 * left + current
        fired = u > 0.3 + 0.4 * trace
        left, trace = np.where(fired, 0.0, u), 0.9 * trace + fired
        assert layer.potentials[t] == pytest.approx(u, abs=1e-5)
        assert np.array_equal(spikes[t], fired)
    assert (layer.potentials[~spikes] > 0.3).any()
    write_rasters(tmp_path / "rasters.npz", found)
    again = read_rasters(tmp_path / "rasters.npz")
    assert again is not None and again.layers[0].threshold is None
    for kept, line in ((again, False), (Rasters("", (replace(layer, threshold=0.3),), {}), True)):
        html = str(section.rasters(cast("Any", SimpleNamespace(rasters=kept, label="run")), 0))
        potentials = html.partition("<strong>potentials of stem</strong>")[2]
        assert ('stroke-dasharray="4 3"' in potentials) == line
        assert (section.CHANGES in potentials) != line


def test_spikes_of_minus_one_are_spikes(tmp_path: Path) -> None:
    text = (
        "sdhs 1\nneuron both { model = ternary }\n"
        "network net {\n  time = 4\n  input image : real[1, 4, 4]\n"
        "  y = image -> conv(3, out = 3) -> both\n  output logits = y -> pool -> linear(2) -> mean(time)\n}\n"
    )
    (tmp_path / "net.sdhs").write_text(text, encoding="utf-8")
    torch.manual_seed(0)
    model, samples = spikegraph.compile(spikegraph.load(tmp_path / "net.sdhs")), image_set()
    inputs = inputs_of(collate([item(samples.sample(0))], samples.task), tuple(model.graph.inputs()))
    with torch.inference_mode():
        value = model.eval().values(inputs, ("y",))["y"][:, 0].flatten(1).numpy()
    assert value.min() == -1
    (layer,) = recorded(model, samples).layers
    np.testing.assert_array_equal(layer.spikes, np.abs(value[:, layer.units]))
