"""Numbers, penalties and fronts of plug-ins that can't be used are reported with the plug-in's file and line."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from spikegraph.backends.search.fronts import searched_front
from spikegraph.cli.entry import run
from spikegraph.data.encoder import encoder
from spikegraph.data.events import columns
from spikegraph.data.events.coding import Coding
from spikegraph.data.events.recordings import Held
from spikegraph.data.events.slicing import Slicing
from spikegraph.tasks.class_scores import ClassScores

from .wrong_plugins import ENCODING, EVENTS, PENALTY, SCORES, SEARCHED, plain, plugin

__all__ = ["plugin"]

TRAINING = """\
sdhs 1
neuron n {{ decay = 0.5 }}
dataset d {{ source = arrays  file = "d.npz" }}
network net {{
  input x : real[1, 4, 4]
  time = 2
  output y = x -> conv(3, out = 2) -> n -> pool -> linear(2) -> mean(time)
}}
retrain net on d {{ epochs = 1  batch = 4  weights = adam(lr = 0.01)  loss = {loss}  {more} }}
"""
TRAIN = ["compile", "net.sdhs", "--train", "--out", "run", "--device", "cpu"]


def trained(more="", loss="cross_entropy(y)"):
    images, labels = np.arange(128, dtype=np.uint8).reshape(8, 4, 4), np.arange(8) % 2
    np.savez("d.npz", images=images, labels=labels)
    Path("net.sdhs").write_text(TRAINING.format(more=more, loss=loss), encoding="utf-8")
    return run(TRAIN)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("float('nan')", "ValueError: the metric `accuracy_percent` is nan, not a finite number"),
        ("None", "TypeError: the metric `accuracy_percent` is None, not a number"),
        ("True", "TypeError: the metric `accuracy_percent` is bool, not a number"),
        ("'3'", "TypeError: the metric `accuracy_percent` is str, not a number"),
    ],
)
def test_a_metric_of_the_validation(plugin, capsys, monkeypatch, value, why):
    monkeypatch.setattr(ClassScores, "metrics", ClassScores.metrics)  # what the plug-in changes is restored
    plugin(SCORES, metrics=f"{{'accuracy_percent': {value}}}")
    assert trained("validate = 0.5") == 3
    assert f"error: the plug-in `odd.py` failed at odd.py:4: {why}\n" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["float('nan')", "-float('inf')"])
def test_a_metric_of_the_test_set_is_left_out(plugin, capsys, monkeypatch, value):
    """The training is over: its other results are kept."""
    monkeypatch.setattr(ClassScores, "metrics", ClassScores.metrics)
    plugin(SCORES, metrics=f"{{'mean_squared_error': {value}, 'accuracy_percent': 50}}")
    assert trained() == 0
    summary = json.loads(Path("run/summary.json").read_text())
    assert (summary["complete"], summary["evaluation"]["metrics"]) == (True, {"accuracy_percent": 50.0})
    shown = value.replace("float('nan')", "nan").replace("float('inf')", "inf")
    assert f"the metric `mean_squared_error` is {shown}, not a finite number; it is left out" in capsys.readouterr().err
    assert run(["evaluate", "run", "--device", "cpu"]) == 3
    assert "the plug-in `odd.py` failed at odd.py:4: ValueError" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "line", "why"),
    [
        ({"bind": "None"}, 18, "`bind` of the penalty `{}` returns None, not a value of type `PenaltyTerm`"),
        ({"term": "batch.counted.float()"}, 11, "the loss `{}` gives Tensor [4], not a single floating-point number"),
        ({}, None, None),
    ],
)
def test_a_penalty(plugin, capsys, wrong, line, why):
    """Without the parameter `at` too."""
    name = plugin(PENALTY, **{"bind": "Term(loss)", "term": "batch.counted.float().mean()", **wrong})
    status = trained(loss=f"cross_entropy(y) + 0.1 * {name}()")
    assert status == (0 if why is None else 3)
    if why is not None:
        told = f"error: the plug-in `odd.py` failed at odd.py:{line}: TypeError: {why.format(name)}\n"
        assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("result", "kind", "why"),
    [
        ("np.zeros((steps - 1, 2, height, width))", "real", "gives ndarray [3, 2, 5, 6] for [4, 2, 5, 6]"),
        ("np.zeros((steps, 2, width, height))", "real", "gives ndarray [4, 2, 6, 5] for [4, 2, 5, 6]"),
        ("np.zeros((steps, 3, height, width))", "real", "gives ndarray [4, 3, 5, 6] for [4, 2, 5, 6]"),
        ("np.zeros((2, height, width))", "real", "gives ndarray [2, 5, 6] for [4, 2, 5, 6]"),
        ("np.full((steps, 2, height, width), 0.37)", "spike", "gives 0.37, but its kind is `spike`, one of 0, 1"),
        ("np.full((steps, 2, height, width), 2)", "events", "gives 2, but its kind is `events`, one of -1, 0, 1"),
        ("np.full((steps, 2, height, width), -1)", "events", None),
    ],
)
def test_an_encoding_of_events(plugin, result, kind, why):
    name = plugin(EVENTS, result=result, kind=kind)
    events = Held(Path("dot"), columns.made(*map(np.array, ([1, 2], [3, 4], [0, 80_000], [0, 1])), Path("dot")))
    coding = Coding(name, Slicing(4), sensor=(5, 6))
    if why is None:
        assert coding.encoded(events).shape == (4, 2, 5, 6)
        return
    with pytest.raises(ValueError, match="the encoding") as error:
        plain(coding.encoded, events)
    told = f"the plug-in `odd.py` failed at odd.py:6: ValueError: the encoding `{name}` {why}; correct the plug-in"
    assert error.value.__notes__ == [told]


@pytest.mark.parametrize(
    ("result", "form", "why"),
    [
        ("None", "", "TypeError: the encoding `{}` returns None, not a value of type `ndarray`"),
        (
            "np.full((4, *image.shape), 0.37)",
            "",
            "ValueError: the encoding `{}` gives 0.37, but its kind is `spike`, one of 0, 1",
        ),
        ("np.zeros((3, 2, 5))", "kind='real'", "ValueError: the encoding `{}` gives ndarray [3, 2, 5] for [T, 2, 5, 6]"),
        ("np.zeros((5, 6, 2))", "kind='real', axis=1", "ValueError: the encoding `{}` gives ndarray [5, 6, 2] for [5, 2, 6]"),
        ("np.zeros((1, 2, 5, 6))", "steps=False", "ValueError: the encoding `{}` gives ndarray [1, 2, 5, 6] for [2, 5, 6]"),
        ("np.zeros((5, 2, 6))", "axis=1", None),
    ],
)
def test_an_encoding_of_images(plugin, result, form, why):
    name = plugin(ENCODING, result=result, form=form)
    encode = encoder(SimpleNamespace(image_encoding=SimpleNamespace(name=name, named={})))
    image = np.zeros((2, 5, 6), np.float32)
    assert encode is not None
    if why is None:
        assert encode(image, None).shape == (5, 2, 6)
        return
    with pytest.raises((TypeError, ValueError), match="encoding") as error:
        plain(encode, image, None)
    told = f"the plug-in `odd.py` failed at odd.py:6: {why.format(name)}; correct the plug-in"
    assert error.value.__notes__ == [told]


@pytest.mark.parametrize(
    ("front", "why"),
    [
        ("None", "TypeError: `front` of the search method `{}` returns None, not a value of type `list`"),
        ("[]", "ValueError: `front` of the search method `{}` returns an empty list, not what it has trained to the end"),
        ("['c3']", "TypeError: an item of `front` of the search method `{}` returns str, not a value of type `Architecture`"),
    ],
)
def test_a_front(plugin, front, why):
    name = plugin(SEARCHED, front=front)
    search = SimpleNamespace(run=SimpleNamespace(method=SimpleNamespace(name=name)), log=None)
    with pytest.raises((TypeError, ValueError), match="front") as error:
        plain(searched_front, search)
    assert error.value.__notes__ == [f"the plug-in `odd.py` failed at odd.py:4: {why.format(name)}; correct the plug-in"]
