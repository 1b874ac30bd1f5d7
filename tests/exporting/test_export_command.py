"""A run trained on real images is exported by the command, and finds the same classes in each of the other programs."""

import json

import numpy as np
import pytest
import torch

import spikegraph
from spikegraph.cli.entry import run as command
from spikegraph.runs.folder import RunFolder

from ..data.image_files import SMALL_FASHION, read_images
from ..rounded_results import changed, percent

pytestmark = pytest.mark.unchecked


@pytest.fixture(scope="module")
def images():
    """All test images [N, 1, 28, 28], and their classes."""
    found = read_images(SMALL_FASHION, [], None, seed=0).test
    samples = list(found.samples())
    return torch.stack([torch.from_numpy(s.inputs["image"]) for s in samples]), np.array([s.target for s in samples])


def exported(run, format, path, capsys):
    capsys.readouterr()
    assert command(["export", str(run), "--to", format, "-o", str(path)]) == 0
    printed = capsys.readouterr()
    assert printed.err == f"wrote {path}\n"
    return path


def evaluated(run, capsys):
    capsys.readouterr()
    assert command(["evaluate", str(run), "--device", "cpu", "--json"]) == 0
    return json.loads(capsys.readouterr().out)["metrics"]["accuracy_percent"]


def same_but_few(found, wanted):
    """Whether logits [N, classes] are equal up to rounding, but for the images where a spike was rounded otherwise."""
    assert found.shape == wanted.shape
    apart = ~np.isclose(found, wanted, rtol=1e-4, atol=1e-4).all(1)
    return int(apart.sum()) <= changed(len(wanted))


def test_torch_and_onnxruntime_find_the_same_classes(run, images, tmp_path, capsys):
    """The output of the last of two steps is the mean of both; the image is given at each."""
    import onnxruntime

    pixels, classes = images
    wanted = spikegraph.load_run(run)(pixels).detach().numpy()
    accuracy = evaluated(run, capsys)
    assert accuracy > 30
    assert 100 * float(np.mean(wanted.argmax(-1) == classes)) == percent(accuracy, len(classes))
    module = torch.export.load(exported(run, "torch", tmp_path / "net.pt2", capsys)).module()
    session = onnxruntime.InferenceSession(exported(run, "onnx", tmp_path / "net.onnx", capsys))
    names = [array.name for array in session.get_inputs()]
    shapes = [(len(pixels), *array.shape[1:]) for array in session.get_inputs()[1:]]
    held = [torch.zeros(shape) for shape in shapes]
    with torch.no_grad():
        _, *held = module(pixels, *held)
        logits, *_ = module(pixels, *held)
    assert same_but_few(logits.numpy(), wanted)
    states = [np.zeros(shape, np.float32) for shape in shapes]
    _, *states = session.run(None, dict(zip(names, (pixels.numpy(), *states), strict=True)))
    found, *_ = session.run(None, dict(zip(names, (pixels.numpy(), *states), strict=True)))
    assert same_but_few(found, wanted)


def test_folded_weights_find_the_same_classes(run, images, tmp_path, capsys):
    pixels, _ = images
    model = spikegraph.load_deployed(exported(run, "safetensors", tmp_path / "net.safetensors", capsys))
    assert same_but_few(model(pixels).detach().numpy(), spikegraph.load_run(run)(pixels).detach().numpy())


def test_a_run_that_isnt_finished(run, tmp_path, capsys):
    """Its newest weights are exported with a note."""
    import shutil
    from dataclasses import replace

    path, out = tmp_path / "run", tmp_path / "net.safetensors"
    shutil.copytree(run, path)
    folder = RunFolder(path)
    folder.write_summary(replace(folder.read_summary(), complete=False, retrain=None, evaluation=None))
    assert command(["export", str(path), "--to", "safetensors", "-o", str(out)]) == 0
    again = f"continue with `spikegraph compile --train --out {path} --resume`"
    assert capsys.readouterr().err == f"note: the run isn't complete; {again}\nwrote {out}\n"
