"""`spikegraph pretrain`: the run, its card, and images of one's own that start from it."""

import re
import shlex
from hashlib import sha256

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from spikegraph.analysis.intervals import of_share


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    """A folder in which `spikegraph pretrain images` has trained on few images."""
    from spikegraph.cli.entry import run

    folder = tmp_path_factory.mktemp("pretrained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("spikegraph.data.image_sources.read_small", few)
        assert run(["pretrain", "images", "--device", "cpu", "--seed", "3"]) == 0
    return folder


def few():
    """The first images of the small Fashion-MNIST."""
    from dataclasses import replace

    from spikegraph.data.images import read_small

    train, test = (
        replace(part, images=part.images[:count], labels=part.labels[:count])
        for part, count in zip(read_small(), (64, 40), strict=True)
    )
    return train, test


def test_the_card_says_what_the_network_is(pretrained, spikegraph):
    run = pretrained / "runs" / "images"
    card = (run / "card.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (.+?) \| (.+) \|$", card, re.MULTILINE))
    shown = spikegraph("show", run, "--json").json
    accuracy = shown["methods"]["network"]["accuracy_percent"]
    low, high = of_share(accuracy, 40)
    assert rows["test: accuracy"] == f"{accuracy:.4g} % of 40 samples; 95 % interval {low:.1f} to {high:.1f} %"
    assert rows["SHA-256 of `weights.safetensors`"] == sha256((run / "weights.safetensors").read_bytes()).hexdigest()
    assert rows["network"] == "`images`: `image` real[1, 28, 28] once -> `logits` real[10] once; time steps: 2"
    assert "## Energy\n\n" in card
    assert "It computes with spikes alone: 1 layer encodes the input, " in card
    assert rows["trained on"] == "the small Fashion-MNIST that comes with the package"
    assert rows["licence of the data"] == "MIT, Zalando SE, 2017"
    assert rows["classes"].startswith("T-shirt, trouser, ")
    parameters = sum(w.size for name, w in load_file(run / "weights.safetensors").items() if "running" not in name)
    assert rows["parameters"] == f"{parameters:,}"
    assert re.match(r"12 epochs, 24 steps, [\d:]+ on cpu", rows["training"])
    assert (rows["seed"], rows["made by"].partition(": ")[2]) == ("3", "`spikegraph pretrain images --device cpu --seed 3`")


def test_own_images_in_colours_and_of_any_size_start_from_it(pretrained, spikegraph, monkeypatch):
    monkeypatch.chdir(pretrained)
    random = np.random.default_rng(0)
    for label, level in (("dark", 40), ("light", 180), ("none", 110)):
        (pretrained / "own" / label).mkdir(parents=True)
        for k in range(5):
            pixels = random.integers(level - 30, level + 30, (*random.integers(30, 60, 2), 3), dtype=np.uint8)
            Image.fromarray(pixels).save(pretrained / "own" / label / f"{k}.png")
    card = (pretrained / "runs/images/card.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^spikegraph (compile .+)$", card, re.MULTILINE)
    words = shlex.split(command.replace("classes=2", "classes=3"))
    done = spikegraph(*words, "--set", "retrain.epochs=2", "--device", "cpu", "--out", "runs/own")
    assert done.status == 0, done.err
    assert "weights: 30 of 32 tensors are taken from runs/images" in done.err
    before, after = (load_file(pretrained / "runs" / name / "weights.safetensors") for name in ("images", "own"))
    assert all((before[name] == w).all() for name, w in after.items() if name.startswith("stage0."))
    assert any((before[name] != w).any() for name, w in after.items() if name.startswith("stage1."))
    assert spikegraph("predict", "runs/own", "own/dark/0.png", "-o", "predicted", "--device", "cpu").status == 0


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("image",), 2, "there is no network `image` to pretrain; did you mean `images`?"),
        (("events",), 2, "there is no network `events` to pretrain; there are `images`"),
        (("images",), 3, "runs/images has a run, started "),
        (("images", "--data", "none"), 2, "there is no folder `none` for --data"),
    ],
)
def test_what_is_refused(pretrained, spikegraph, monkeypatch, arguments, status, message):
    monkeypatch.chdir(pretrained)
    done = spikegraph("pretrain", *arguments)
    assert (done.status, message in " ".join(done.err.split())) == (status, True), done.err


def test_the_interval_of_an_accuracy():
    """Newcombe, Statistics in Medicine 1998, table I, method 3."""
    for right, count, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert of_share(100 * right / count, count) == pytest.approx((100 * low, 100 * high), abs=5e-3)
