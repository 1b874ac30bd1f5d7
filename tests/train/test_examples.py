"""Example predictions in a run folder."""

import numpy as np
import pytest
import tiny_run
import torch
from typing_extensions import override

from spikegraph.backends.torch.datasets import collate, inputs_of, item
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.examples import gather
from spikegraph.base.errors import RunFolderError
from spikegraph.data.images import ImageArrays
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet
from spikegraph.data.source import Samples, spread
from spikegraph.data.windows import Window
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.activation import Lif
from spikegraph.ir.ops.convolution import Conv
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.stage import Stage
from spikegraph.ir.types import Kind
from spikegraph.runs.examples import Examples, MapExample, read_examples, write_examples
from spikegraph.tasks import TASKS


def stereo_model():
    torch.manual_seed(1)
    return Model(tiny_run.stereo_graph("c3"))


@pytest.mark.parametrize(
    ("count", "wanted", "found"), [(0, 3, []), (2, 3, [0, 1]), (3, 3, [0, 1, 2]), (40, 3, [6, 20, 33]), (1, 1, [0])]
)
def test_they_are_spread_evenly(count, wanted, found):
    assert spread(count, wanted) == found


def test_frames_of_stereo_are_those_that_are_measured():
    model, samples = stereo_model(), tiny_run.stereo_set(3, 40, crop=False)
    model.train()
    found = gather(model, samples)
    assert model.training
    assert [e.name for e in found.found] == ["noise/41", "noise/43", "noise/45"]
    example, batch = found.found[1], collate([item(samples.sample(1))], samples.task)
    source = tiny_run.Noise()
    assert np.array_equal(example.left, source.stack("left", 43).sum(axis=0))
    assert np.array_equal(example.right, source.stack("right", 43).sum(axis=0))
    assert np.array_equal(example.truth, source.disparity(43))
    with torch.inference_mode():
        values, _ = model.eval().run(inputs_of(batch, ("left", "right")), wanted=("disparity",))
    assert np.array_equal(example.predicted, values["disparity"][-1, 0, 0].numpy())


def test_the_last_valid_frame_is_used():
    samples = DataSet(tiny_run.windows_of([Window("noise", 40, (True, False))]), TASKS["disparity"])
    (example,) = gather(stereo_model(), samples).found
    assert example.name == "noise/40"
    assert np.array_equal(example.truth, tiny_run.Noise().disparity(40))


def image_set(size):
    random = np.random.default_rng(2)
    images = random.integers(0, 256, (30, size, size, 1), dtype=np.uint8)
    return DataSet(ImageArrays(images, np.arange(30) % 2, ("cat", "dog")), TASKS["class"])


def test_images_are_kept_as_they_lie_in_the_data_set():
    torch.manual_seed(1)
    model, samples = Model(tiny_run.class_graph()).eval(), image_set(4)
    found = gather(model, samples)
    assert (len(found.found), found.classes) == (18, ("cat", "dog"))
    chosen = spread(30, 18)
    assert [e.truth for e in found.found] == [k % 2 for k in chosen]
    assert np.array_equal(found.found[2].image, samples.source.images[chosen[2]])
    with torch.inference_mode():
        values, _ = model.run({"image": torch.from_numpy(samples.sample(chosen[2]).inputs["image"])[None]}, wanted=("logits",))
    assert found.found[2].probabilities == pytest.approx(values["logits"][0].softmax(0).numpy())


class Drawn(Samples):
    """Two large images whose left half is class 1; the upper row has no class. Or the same with a motion to the right."""

    def __init__(self, task):
        self.task = task

    @override
    def __len__(self):
        return 2

    @override
    def sample(self, index):
        labels = np.zeros((4, 200), np.int64)
        labels[:, :100] = 1
        image = (labels + index)[None].astype(np.float32)
        if self.task == "labels":
            labels[0] = 255
            return Sample({"image": image}, labels, f"drawn {index}")
        flow = np.stack([labels, np.zeros_like(labels)]).astype(np.float32)
        flow[:, 0] = np.inf
        return Sample({"image": image}, flow, f"drawn {index}")


def map_set(task):
    return DataSet(Drawn(task), TASKS[task])


def map_model():
    graph = Graph("maps", Stage.LOWERED, time=2)
    graph.add("image", Input(kind=Kind.REAL, channels=1, size=(4, 200), steps=False), (), tiny_run.SPAN)
    graph.add("conv", Conv(kernel=3, out=2), ("image",), tiny_run.SPAN)
    graph.add("lif", Lif(neuron=tiny_run.NEURON), ("conv",), tiny_run.SPAN)
    graph.outputs["map"] = graph.add("map", Conv(kernel=1, out=2), ("lif",), tiny_run.SPAN)
    torch.manual_seed(4)
    return Model(graph)


@pytest.mark.parametrize("task", ["labels", "flow"])
def test_maps_are_those_of_the_last_time_step_with_every_third_pixel(task):
    model, samples = map_model(), map_set(task)
    found = gather(model, samples)
    assert [(e.kind, e.task, e.name) for e in found.found] == [("map", task, "drawn 0"), ("map", task, "drawn 1")]
    with torch.inference_mode():
        last = model.eval()(torch.from_numpy(samples.sample(1).inputs["image"])[None])[-1, 0].numpy()
    wanted = last.argmax(0)[None] if task == "labels" else last
    example = found.found[1]
    assert np.array_equal(example.predicted, wanted[:, ::3, ::3])
    target = samples.sample(1).target
    assert np.array_equal(example.truth, (target[None] if task == "labels" else target)[:, ::3, ::3])
    half = np.repeat([[255], [0]], [34, 33], axis=0)  # the smallest value of the image is dark, the largest bright
    assert np.array_equal(example.image, np.broadcast_to(half, (2, 67, 3)))


def stored(kind):
    torch.manual_seed(1)
    if kind == "stereo":
        return gather(stereo_model(), tiny_run.stereo_set(3, 40, crop=False))
    if kind == "image":
        return gather(Model(tiny_run.class_graph()), image_set(4))
    return gather(map_model(), map_set(kind))


@pytest.mark.parametrize("kind", ["stereo", "image", "labels", "flow"])
def test_they_are_written_and_read(tmp_path, kind):
    path = tmp_path / "examples.npz"
    assert read_examples(path) is None
    written = stored(kind)
    write_examples(path, written)
    back = read_examples(path)
    assert back is not None
    assert back.classes == (("cat", "dog") if kind == "image" else ())
    assert [type(e) for e in back.found] == [type(e) for e in written.found]
    for a, b in zip(written.found, back.found, strict=True):
        for name, value in vars(a).items():
            assert np.array_equal(getattr(b, name), value), name


@pytest.mark.parametrize("part", ["image", "truth", "predicted"])
def test_a_map_with_a_part_of_another_size_is_reported(tmp_path, part):
    sizes = {"image": (4, 5, 3), "truth": (1, 4, 5), "predicted": (1, 4, 5)}
    sizes[part] = tuple(n + (n == 5) for n in sizes[part])
    arrays = {name: np.zeros(size, np.uint8 if name == "image" else np.float32) for name, size in sizes.items()}
    write_examples(tmp_path / "examples.npz", Examples((MapExample("labels", "", **arrays),)))
    with pytest.raises(RunFolderError, match="the views of map0 have different sizes"):
        read_examples(tmp_path / "examples.npz")


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04cut"])
def test_a_broken_file_is_reported(tmp_path, content):
    path = tmp_path / "examples.npz"
    path.write_bytes(content)
    with pytest.raises(RunFolderError, match=r"examples\.npz: can't be read"):
        read_examples(path)


def test_a_run_keeps_them(tmp_path):
    tiny_run.train(tiny_run.job(tmp_path / "run"))
    found = read_examples(tmp_path / "run" / "examples.npz")
    assert found is not None
    assert [e.name for e in found.found] == ["noise/41", "noise/43", "noise/45"]
    assert np.isfinite(found.found[0].predicted).all()
