"""A trained network goes on with the data of its training, wherever its spec lies now; never with the package's sample."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import spikegraph

pytestmark = pytest.mark.in_python

SPEC = """sdhs 1
neuron lif { }
dataset mine { source = images  folder = "images" }
network net {
  param classes = 2
  input image : real[3, 8, 8]
  time = 2
  output logits = image -> conv(3, out = 2) -> norm -> lif -> pool -> linear(classes) -> mean(time)
}
retrain net on mine { epochs = 1  batch = 4  weights = sgd(lr = 0.01)  loss = cross_entropy(logits) }
profile sample { mine.source = fashion_mnist_small  mine.augment = [resize(8), repeat(3)]  net.classes = 10 }
"""

STARTS = {
    "a run": lambda run, _: run,
    "its path": lambda run, _: run.path,
    "its spec": lambda run, _: run.spec,
    "a model": lambda run, _: run.model("retrain"),
    "a saved model": lambda _, folder: folder / "saved",
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on 5 images of each of two classes, of which each leaves one for the test, and the model in it as a folder."""
    folder, random = tmp_path_factory.mktemp("own"), np.random.default_rng(0)
    for name in ("cat", "dog"):
        (folder / "images" / name).mkdir(parents=True)
        for k in range(5):
            Image.fromarray(random.integers(0, 256, (8, 8, 3), np.uint8)).save(folder / "images" / name / f"{k}.png")
    (folder / "net.sdhs").write_text(SPEC)
    run = spikegraph.fit(folder / "net.sdhs", out=folder / "run")
    run.model("retrain").save(folder / "saved")
    return run, folder


@pytest.mark.parametrize("start", STARTS)
def test_training_goes_on_with_it(trained, tmp_path, start):
    run, folder = trained
    again = spikegraph.fit(STARTS[start](run, folder), out=tmp_path / "again")
    manifest = json.loads((again / "manifest.json").read_text())
    assert (again.classes, manifest["profile"]) == (("cat", "dog"), None)
    assert Path(manifest["data_folder"]) == folder / "images"


def test_a_loop_of_ones_own_sees_it(trained):
    run, _ = trained
    found = spikegraph.data(run.spec)
    assert (len(found.train), len(found.test), found.train.about.classes) == (8, 2, ("cat", "dog"))


def test_another_data_set_has_its_own_folder(trained):
    run, _ = trained
    with pytest.raises(spikegraph.DataError, match=r"the data set `mine` is missing: there is no folder .*run/other"):
        spikegraph.data(run.spec.with_overrides(["mine.folder=other"]))
    assert len(spikegraph.data(run.spec.using("sample")).test.about.classes) == 10


def test_without_the_folder_the_sample_takes_no_place(trained, tmp_path):
    run, folder = trained
    own = tmp_path / "own"
    shutil.copytree(folder / "images", own)
    again = spikegraph.fit(run, data=own, out=tmp_path / "again")
    own.rename(tmp_path / "moved")
    with pytest.raises(spikegraph.DataError) as caught:
        spikegraph.fit(again, out=tmp_path / "third")
    help = 'give its new place with data="DIR"'
    assert str(caught.value) == f"the data folder of the training, {own}, isn't there any more (help: {help})"
    assert spikegraph.fit(again, data=tmp_path / "moved", out=tmp_path / "third").classes == ("cat", "dog")


def test_the_command_line_says_how_to_go_on_with_it(trained, capsys):
    from spikegraph.cli.entry import run

    saved = trained[1] / "saved"
    assert run(["compile", str(saved), "--train"]) == 2
    help = f"{saved}/net.sdhs --train --weights {saved} --data {trained[1] / 'images'} goes on from a model"
    assert help in " ".join(capsys.readouterr().err.split())


def test_a_package_names_no_folder(trained, tmp_path):
    package = spikegraph.package(trained[0], tmp_path / "package")
    with pytest.raises(spikegraph.DataError) as caught:
        spikegraph.fit(package, out=tmp_path / "again")
    summary = f"the data set `mine` is missing: there is no folder {package / 'images'}"
    assert str(caught.value) == summary + ' (help: give its folder with data="DIR")'
