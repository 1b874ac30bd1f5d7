"""A run trained on real images is exported by the command, and reaches the same accuracy in each of the other programs."""

import json

import numpy as np
import pytest
import torch

import spikegraph
from spikegraph.cli.entry import run as command
from spikegraph.runs.folder import RunFolder

from ..data.image_files import SMALL_FASHION, read_images

pytestmark = pytest.mark.unchecked


@pytest.fixture(scope="module")
def images():
    """All test images [N, 1, 28, 28], and their classes."""
    found = read_images(SMALL_FASHION, [], None, seed=0).test
    pairs = [found[k] for k in range(len(found))]
    return torch.stack([x for x, _ in pairs]), np.array([y for _, y in pairs])


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


def accuracy(logits, classes):
    return 100 * float(np.mean(logits.argmax(-1) == classes))


def test_torch_and_onnxruntime_reach_the_accuracy(run, images, tmp_path, capsys):
    """The output of the last of two steps is the mean of both; the image is given at each."""
    import onnxruntime

    pixels, classes = images
    wanted = evaluated(run, capsys)
    assert wanted > 30
    module = torch.export.load(exported(run, "torch", tmp_path / "net.pt2", capsys)).module()
    session = onnxruntime.InferenceSession(exported(run, "onnx", tmp_path / "net.onnx", capsys))
    names = [array.name for array in session.get_inputs()]
    shapes = [(len(pixels), *array.shape[1:]) for array in session.get_inputs()[1:]]
    held = [torch.zeros(shape) for shape in shapes]
    with torch.no_grad():
        _, *held = module(pixels, *held)
        logits, *_ = module(pixels, *held)
    assert accuracy(logits.numpy(), classes) == wanted
    states = [np.zeros(shape, np.float32) for shape in shapes]
    _, *states = session.run(None, dict(zip(names, (pixels.numpy(), *states), strict=True)))
    found, *_ = session.run(None, dict(zip(names, (pixels.numpy(), *states), strict=True)))
    assert accuracy(found, classes) == wanted
    np.testing.assert_allclose(found, spikegraph.load_run(run)(pixels).detach(), rtol=1e-4, atol=1e-4)


def test_folded_weights_reach_the_accuracy(run, images, tmp_path, capsys):
    pixels, classes = images
    model = spikegraph.load_deployed(exported(run, "safetensors", tmp_path / "net.safetensors", capsys))
    assert accuracy(model(pixels).detach().numpy(), classes) == evaluated(run, capsys)


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
