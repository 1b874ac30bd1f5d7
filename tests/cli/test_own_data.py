"""Images of one's own: from a `dataset` block to an accuracy with one command, and from any folder on."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

SPEC = """\
sdhs 1

neuron lif {
  decay = 0.5
}

network net {
  input image : real[3, 8, 8]
  time = 2
  output logits = image -> conv(3, out = 8) -> norm -> lif -> pool -> linear(2) -> mean(time)
}

dataset mine {
  source = images
  folder = "shapes"
}

retrain net on mine {
  epochs  = 6
  batch   = 16
  weights = adam(lr = 0.02)
  loss    = cross_entropy(logits)
}
"""


@pytest.fixture
def project(tmp_path):
    """A spec, and 200 images in two folders beside it: the one class is dark above, the other below."""
    random = np.random.default_rng(0)
    for label, rows in (("bright_above", slice(0, 4)), ("bright_below", slice(4, 8))):
        folder = tmp_path / "project" / "shapes" / label
        folder.mkdir(parents=True)
        for k in range(100):
            pixels = random.integers(0, 80, (8, 8, 3), dtype=np.uint8)
            pixels[rows, :, 0 if label == "bright_above" else 2] += 160
            Image.fromarray(pixels).save(folder / f"{k}.png")
    (tmp_path / "project" / "own.sdhs").write_text(SPEC)
    return tmp_path / "project"


def test_one_command(spikegraph, project, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = spikegraph("compile", "project/own.sdhs", "--train", "--out", "run", "--device", "cpu")
    assert done.status == 0, done.err
    assert "data: images (project/shapes)" in done.err
    found = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert found["evaluation"]["samples"] == 40
    assert found["evaluation"]["metrics"]["accuracy_percent"] > 90
    # From elsewhere: the run knows the folder.
    monkeypatch.chdir(project)
    done = spikegraph("evaluate", tmp_path / "run", "--device", "cpu")
    assert (done.status, "data: images" in done.err) == (0, True), done.err
    assert "the data aren't those of the training" not in done.err
    image = project / "shapes" / "bright_below" / "0.png"
    image.rename(image.with_name("new.png"))
    done = spikegraph("evaluate", tmp_path / "run", "--device", "cpu")
    assert "note: the data aren't those of the training any more; a test set that is drawn is another one" in done.err
    done = spikegraph("data", "show", tmp_path / "run")
    assert done.out.startswith(f"data: images ({tmp_path / 'project' / 'shapes'})\n"), done.err
    # With `--data` the folder may lie anywhere.
    shutil.move(project / "shapes", tmp_path / "moved")
    gone = f"error: the data folder of the training, {tmp_path / 'project' / 'shapes'}, isn't there any more\n"
    for words in (("evaluate", tmp_path / "run"), ("data", "show", tmp_path / "run")):
        done = spikegraph(*words)
        assert (done.status, done.err.endswith(f"{gone}help: give its new place with --data DIR\n")) == (1, True), done.err
    done = spikegraph("evaluate", tmp_path / "run", "--device", "cpu", "--data", tmp_path / "moved")
    assert done.status == 0, done.err
    # Where its classes have other names, they aren't numbered anew: that would compare them with others of the network.
    (tmp_path / "moved" / "bright_above").rename(tmp_path / "moved" / "upper")
    done = spikegraph("evaluate", tmp_path / "run", "--device", "cpu", "--data", tmp_path / "moved")
    assert done.status == 1
    assert "the network wasn't trained on the class `upper`, but on `bright_above`, `bright_below`" in done.err
    # One of its classes may be missing, but one alone can't be trained on.
    shutil.rmtree(tmp_path / "moved" / "upper")
    done = spikegraph("evaluate", tmp_path / "run", "--device", "cpu", "--data", tmp_path / "moved", "--json")
    assert done.status == 0, done.err
    assert json.loads(done.out)["samples"] == 20
    done = spikegraph("compile", "own.sdhs", "--train", "--out", tmp_path / "other", "--data", tmp_path / "moved")
    told = "this and all other training samples have the class `bright_below`; a classification needs two or more"
    assert (done.status, told in done.err) == (1, True), done.err
    done = spikegraph("data", "check", tmp_path / "moved")
    assert (done.status, "it has one class, `bright_below`; a classification needs two or more" in done.out) == (1, True)


def test_seeds_take_the_folder_too(spikegraph, project, tmp_path, monkeypatch, forks):
    monkeypatch.chdir(tmp_path)
    done = spikegraph("compile", "project/own.sdhs", "--train", "--out", "runs", "--seeds", "0,1", "--set", "retrain.epochs=1")
    assert done.status == 0, done.err
    assert len(list((tmp_path / "runs").rglob("summary.json"))) == 2


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        (
            'folder = "shapes"',
            "",
            ["error: the data set `mine` is missing",
             "help: give its folder with --data DIR; the spec has no profile `sample` for the built-in sample"],
        ),
        (
            'folder = "shapes"',
            "folder = shape",
            ["error: the data set `mine` is missing: there is no folder project/shape",
             "help: give its folder with --data DIR; the spec has no profile `sample` for the built-in sample"],
        ),
    ],
    ids=["no folder", "a wrong folder"],
)  # fmt: skip
def test_a_folder_that_is_missing(spikegraph, project, tmp_path, monkeypatch, before, after, error):
    monkeypatch.chdir(tmp_path)
    (project / "own.sdhs").write_text(SPEC.replace(before, after))
    done = spikegraph("compile", "project/own.sdhs", "--train", "--out", "run")
    assert (done.status, done.err.splitlines()) == (1, error)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("folder", ["/data/shapes", "../shapes", "a/../../shapes"])
def test_a_folder_elsewhere_is_given_on_the_command_line(spikegraph, project, folder):
    (project / "own.sdhs").write_text(SPEC.replace('"shapes"', f'"{folder}"'))
    done = spikegraph("check", project / "own.sdhs")
    assert done.status == 1
    assert f"15:12: error[SG0207]: `{folder}` leads out of the spec's folder\n" in done.err
    assert "= help: write a path below it; the folder of --data DIR may lie anywhere\n" in done.err


def test_images_of_several_sizes_name_the_fix(spikegraph, project, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (8, 9)).save(project / "shapes" / "bright_above" / "7.png")
    done = spikegraph("compile", "project/own.sdhs", "--train", "--out", "run")
    assert done.status == 1
    *_, error, help = done.err.splitlines()
    assert error.startswith("error: project/shapes/bright_above/")
    assert help == "help: end `augment` with a step that gives all of them one size, such as resize(72), random_crop([64, 64])"
    resized = "source = images\n  augment = [resize(8), random_crop([8, 8])]"
    (project / "own.sdhs").write_text(SPEC.replace("source = images", resized))
    done = spikegraph("compile", "project/own.sdhs", "--train", "--out", "other", "--set", "retrain.epochs=1")
    assert done.status == 0, done.err


def test_an_hdf5_file(spikegraph, project, tmp_path, monkeypatch):
    import h5py

    random = np.random.default_rng(1)
    images = random.integers(0, 80, (200, 8, 8), dtype=np.uint8)
    images[::2, :4] += 160
    images[1::2, 4:] += 160
    with h5py.File(project / "shapes.h5", "w") as file:
        file["pixels"], file["kind"] = images, np.arange(200) % 2
    block = 'source = arrays\n  file = "shapes.h5"\n  inputs = pixels\n  targets = kind'
    text = SPEC.replace('source = images\n  folder = "shapes"', block).replace("real[3, 8, 8]", "real[1, 8, 8]")
    (project / "own.sdhs").write_text(text)
    monkeypatch.chdir(tmp_path)
    done = spikegraph("compile", "project/own.sdhs", "--train", "--out", "run", "--device", "cpu")
    assert done.status == 0, done.err
    assert "data: arrays (project/shapes.h5)" in done.err
    found = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert found["evaluation"]["metrics"]["accuracy_percent"] > 90
    monkeypatch.chdir(project)
    assert spikegraph("evaluate", tmp_path / "run", "--device", "cpu").status == 0
