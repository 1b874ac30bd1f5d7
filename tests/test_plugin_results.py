"""What a plug-in's function returns, where nothing can be done with it, is reported with the function's file and line."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import spikegraph
from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.cli.entry import run
from spikegraph.plugins.local_files import culprit
from spikegraph.runs.logged import made

from .wrong_plugins import (
    ENERGY,
    EXPORTER,
    NEURON,
    OPERATION,
    PASS,
    REFERENCE,
    RIGHT,
    SPEC,
    SURROGATE,
    TRAINED,
    TRAINING,
    plain,
    plugin,
)

__all__ = ["plugin"]


def told(error, line, why):
    assert error.value.__notes__ == [
        f"the plug-in `odd.py` failed at odd.py:{line}: {type(error.value).__name__}: {why}; correct the plug-in"
    ]


def network(**parts):
    Path("net.sdhs").write_text(SPEC.format(**{"neuron": "decay = 0.5", "op": "identity", **parts}), encoding="utf-8")
    return spikegraph.compile("net.sdhs")


@pytest.mark.parametrize("rule", ["None", "(2, 6, 6)"])
def test_a_type_rule(plugin, rule):
    name = plugin(OPERATION, rule=rule, kernel="xs[0], None")
    with pytest.raises(TypeError, match="type rule") as error:
        network(op=name)
    told(
        error,
        13,
        f"the type rule of `{name}` returns {'None' if rule == 'None' else 'a tuple of 3'}, not a value of type `Value`",
    )


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ("xs[0]", "returns Tensor [3, 4, 2, 6, 6], not its result and its state, which is None for an operation without one"),
        ("xs[0][:, :, :1], None", "gives [3, 4, 1, 6, 6], but its type rule says [3, 4, 2, 6, 6]"),
        ("xs[0][..., :5], None", "gives [3, 4, 2, 6, 5], but its type rule says [3, 4, 2, 6, 6]"),
        ("xs[0][:2], None", "gives [2, 4, 2, 6, 6], but its type rule says [3, 4, 2, 6, 6]"),
        ("xs[0].mean(0), None", "gives [4, 2, 6, 6], but its type rule says [3, 4, 2, 6, 6]"),
        ("xs[0].numpy(), None", "gives ndarray [3, 4, 2, 6, 6], not a tensor of floating-point numbers"),
        ("xs[0] > 0, None", "gives torch.bool numbers, not a tensor of floating-point numbers"),
        ("xs[0].double(), None", "gives torch.float64 numbers for operands of torch.float32"),
    ],
)
def test_a_kernel(plugin, result, why):
    name = plugin(OPERATION, rule="x", kernel=result)
    model = network(op=name)
    with pytest.raises((TypeError, ValueError), match="the kernel of") as error:
        plain(model, torch.rand(3, 4, 2, 6, 6))
    told(error, 21, f"the kernel of `{name}` {why}")


def test_a_right_kernel_takes_other_sizes(plugin):
    name = plugin(OPERATION, rule="x", kernel="xs[0] * 2, None")
    assert network(op=name)(torch.rand(3, 4, 2, 9, 7)).shape == (3, 4, 2)


@pytest.mark.parametrize(
    ("gradient", "line", "why"),
    [
        ("", 5, "the surrogate `{}` has no gradient for PyTorch; `register_gradient` gives it one"),
        ("x.sum()", 12, "the gradient of the surrogate `{}` is Tensor [] for potentials [4, 2, 6, 6]"),
        ("b", 12, "the gradient of the surrogate `{}` is float for potentials [4, 2, 6, 6]"),
    ],
)
def test_a_gradient(plugin, gradient, line, why):
    name = plugin(SURROGATE, gradient=f"register_gradient(NAME, lambda x, b: {gradient})" if gradient else "pass")
    model, x = network(neuron=f"surrogate = {name}"), torch.rand(3, 4, 2, 6, 6, requires_grad=True)
    with pytest.raises(ValueError, match="surrogate") as error:
        plain(lambda x: model(x).sum().backward(), x)
    told(error, line, why.format(name))


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ("None", "a step of `{}` returns None, not potentials, spikes and 1 states"),
        ("current, current", "a step of `{}` returns a tuple of 2, not potentials, spikes and 1 states"),
        ("current, current, (current, current)", "a step of `{}` returns a tuple of 3, not potentials, spikes and 1 states"),
        ("current, current[:1], (current,)", "the spikes of a step of `{}` are Tensor [1, 2, 6, 6] for a current [4, 2, 6, 6]"),
    ],
)
def test_a_neuron_model(plugin, result, why):
    name = plugin(NEURON, result=result)
    model = network(neuron=f"model = {name}")
    with pytest.raises((TypeError, ValueError), match="a step of") as error:
        plain(model, torch.rand(3, 4, 2, 6, 6))
    told(error, 11, why.format(name))


@pytest.mark.parametrize("result", ["None", "float('nan')", "-1", "'3'"])
def test_an_energy_model(plugin, capsys, result):
    name = plugin(ENERGY, result=result)
    network()
    assert run(["stats", "net.sdhs", "--energy", name]) == 3
    shown = result.replace("float('nan')", "nan")
    why = f"ValueError: the energy model `{name}` gives {shown} for the layer `y.identity`, not a number from 0 on"
    assert f"error: the plug-in `odd.py` failed at odd.py:3: {why}" in capsys.readouterr().err


@pytest.mark.parametrize(("result", "picojoules"), [("float32(2.5)", 2.5), ("float64(2.5)", 2.5), ("int64(2)", 2.0)])
def test_an_energy_model_gives_numbers_of_numpy(plugin, result, picojoules):
    name = plugin(ENERGY, result=f"__import__('numpy').{result}")
    found = ENERGY_MODELS[name].millijoules(SimpleNamespace(name="y"))
    assert (type(found), found) == (float, picojoules * 1e-9)


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ("None", "TypeError: the pass `{}` returns None, not a value of type `Graph`"),
        ("graph.rewrite(lambda *_: 'gone')", "VerifyError: output y: node gone is missing"),
    ],
)
def test_a_pass(plugin, capsys, result, why):
    name = plugin(PASS, result=result)
    network()
    assert run(["compile", "net.sdhs", "--emit", "ir", "-o", "net.txt", "--passes", name]) == 3
    assert f"error: the plug-in `odd.py` failed at odd.py:14: {why.format(name)}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "line", "why"),
    [
        ({"read": "None"}, 9, "TypeError: the reader of the source `source{}` returns None, not a value of type `Read`"),
        (
            {"read": "ImageArrays(images, labels[:3], ())"}, 13,
            "ValueError: images and labels are [8, 4, 4, 1] and [3], not [N, H, W, C] and [N]",
        ),
        ({"step": "sample.inputs"}, 17, "TypeError: the step `Step` returns dict, not a value of type `Sample`"),
        ({"loss": "None"}, 21, "TypeError: the loss `loss{}` gives None, not a single floating-point number"),
        ({"loss": "logits.sum(1)"}, 21, "TypeError: the loss `loss{}` gives Tensor [4], not a single floating-point number"),
        (
            {"loss": "logits.detach().sum()"}, 21,
            "ValueError: the loss `loss{}` gives a number without a gradient, so nothing can be trained",
        ),
    ],
)  # fmt: skip
def test_what_a_training_takes(plugin, capsys, wrong, line, why):
    n = plugin(TRAINED, **{**RIGHT, **wrong}).removeprefix("odd")
    Path("net.sdhs").write_text(TRAINING.format(n=n), encoding="utf-8")
    assert run(["compile", "net.sdhs", "--train", "--out", "run", "--device", "cpu"]) == 3
    assert f"error: the plug-in `odd.py` failed at odd.py:{line}: {why.format(n)}\n" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["nan", "inf"])
def test_a_step_that_gives_numbers_that_are_not_finite(plugin, capsys, number):
    step = f"sample.with_inputs(lambda x: x + float('{number}'))"
    n = plugin(TRAINED, **{**RIGHT, "step": step}).removeprefix("odd")
    Path("net.sdhs").write_text(TRAINING.format(n=n), encoding="utf-8")
    assert run(["compile", "net.sdhs", "--train", "--out", "run", "--device", "cpu"]) == 1
    why = "behind the step `Step` the input `image` has numbers that aren't finite"
    assert why in capsys.readouterr().err


def test_a_loss_of_a_form_that_nobody_registered(plugin, capsys):
    n = plugin(TRAINED, **{**RIGHT, "takes": "lamps"}).removeprefix("odd")
    Path("net.sdhs").write_text(TRAINING.format(n=n), encoding="utf-8")
    assert run(["check", "net.sdhs"]) == 3
    why = (
        f"ValueError: the loss `loss{n}` takes the form `lamps`, which nobody registered; the forms are `logits`, `class_map`, "
    )
    assert f"error: the plug-in `odd.py` failed at odd.py:21: {why}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("by_b", "line", "why"),
    [
        ("None", 12, "the surrogate `{}` has no gradient by b for PyTorch; `register_gradient` takes one as `by_b`"),
        (
            "lambda x, b: x.sum(0)",
            12,
            "the gradient by b of the surrogate `{}` is Tensor [2, 6, 6] for potentials [4, 2, 6, 6]",
        ),
        ("lambda x, b: None", 12, "the gradient by b of the surrogate `{}` is None for potentials [4, 2, 6, 6]"),
    ],
)
def test_a_gradient_by_b(plugin, by_b, line, why):
    gradient = f"register_gradient(NAME, lambda x, b: b + 0 * x, by_b={by_b})"
    name = plugin(SURROGATE.replace("x, b: b)", "x, b: b, by_b=lambda x, b: x)"), gradient=gradient)
    model, x = network(neuron=f"surrogate = {name}(b = learn(2))"), torch.rand(3, 4, 2, 6, 6)
    with pytest.raises(ValueError, match="surrogate") as error:
        plain(lambda x: model(x).sum().backward(), x)
    told(error, line, why.format(name))


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ("None", "the reference of `{}` returns None, not a value of type `ndarray`"),
        ("x, None", "the reference of `{}` returns a tuple of 2, not a value of type `ndarray`"),
        ("x[:, :, :1]", "the reference of `{}` gives ndarray [3, 4, 1, 6, 6], but its type rule says [T, 4, 2, 6, 6]"),
        ("x[0]", "the reference of `{}` gives ndarray [4, 2, 6, 6], but its type rule says [T, 4, 2, 6, 6]"),
    ],
)
def test_a_reference(plugin, result, why):
    name = plugin(OPERATION + REFERENCE, rule="x", kernel="xs[0], None", result=result)
    model = network(op=name)
    with pytest.raises((TypeError, ValueError), match="the reference") as error:
        plain(spikegraph.reference(model.graph, model.state_dict()), {"x": np.ones((3, 4, 2, 6, 6))})
    told(error, 30, why.format(name))


def test_an_exporter(plugin, tmp_path):
    name = plugin(EXPORTER)
    with pytest.raises(TypeError, match="exporter") as error:
        spikegraph.export(network(), tmp_path / "net.odd", to=name)
    told(error, 4, f"the exporter `{name}` returns PosixPath, not a value of type `Exported`")


LOGGER = "from spikegraph.plugins.loggers import LOGGERS\n\n\nclass Mine:\n    pass\n\n\nLOGGERS.register('odd{n}', {logger})\n"


@pytest.mark.parametrize(("logger", "line", "what"), [("Mine", 4, "Mine"), ("lambda: None", 8, "None")])
def test_a_logger(plugin, logger, line, what):
    name = plugin(LOGGER, logger=logger)
    with pytest.raises(TypeError) as error:
        made([name])
    found = culprit(error.value)
    wrong = f"TypeError: the logger `{name}` returns {what}, not a value of type `Logger`"
    assert (found.plugin, found.place, found.cause) == ("odd.py", f"odd.py:{line}", wrong)
