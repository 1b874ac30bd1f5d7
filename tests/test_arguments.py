"""Arguments with a fixed set of choices: every public function refuses other values, and names the choices."""

import inspect

import pytest
import torch

import spikegraph
from spikegraph.plugins.targets import Shown
from spikegraph.program.run_settings import Settings

pytestmark = pytest.mark.in_python

SPEC = "sdhs 1\nneuron lif { }\nnetwork net {\n  input x : real[3, 8, 8]\n  output y = x -> stem(3, out = 2)\n}\n"

RUN = (
    "sdhs 1\nneuron lif { }\nnetwork net {\n  input x : real[3, 8, 8]\n  time = 2\n"
    "  output y = x -> stem(3, out = 2) -> pool -> linear(2) -> mean(time)\n}\n"
    "dataset own { source = python }\n"
    "retrain net on own { batch = 4  epochs = 1  weights = sgd(lr = 0.1)  loss = cross_entropy }\n"
)


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC)
    return path


def sequential():
    return torch.nn.Sequential(torch.nn.Conv2d(3, 2, 3), torch.nn.ReLU()), torch.zeros(1, 3, 8, 8)


CALLS = {
    ("compile", "phase"): lambda spec, word: spikegraph.compile(spec, phase=word),
    ("from_torch", "kind"): lambda spec, word: spikegraph.from_torch(*sequential(), kind=word),
    ("load_run", "phase"): lambda spec, word: spikegraph.load_run(spec.parent, phase=word),
    ("reference", "phase"): lambda spec, word: spikegraph.reference(spec, {}, phase=word),
    ("render", "level"): lambda spec, word: spikegraph.render(spec, level=word),
    ("render", "phase"): lambda spec, word: spikegraph.render(spec, phase=word),
    ("render", "style"): lambda spec, word: spikegraph.render(spec, style=word),
    ("stats", "phase"): lambda spec, word: spikegraph.stats(spec, phase=word),
    ("validate", "phase"): lambda spec, word: spikegraph.validate(spec, phase=word),
}
"""A call of each function with an argument that has choices."""

PHASES = "`search`, `retrain` and `deploy`"

CHOICES = {
    ("compile", "phase"): PHASES,
    ("from_torch", "kind"): "`events`, `spike` and `real`",
    ("load_run", "phase"): "`retrain` and `deploy`",
    ("reference", "phase"): PHASES,
    ("render", "level"): "`network`, `trellis`, `cell` and `ops`",
    ("render", "phase"): PHASES,
    ("render", "style"): "`screen` and `paper`",
    ("stats", "phase"): PHASES,
    ("validate", "phase"): PHASES,
}


def test_every_function_with_choices_is_tested():
    found = set()
    choices = ("Literal", "Phase", "Level", "Style")
    for name in spikegraph.__all__:
        function = getattr(spikegraph, name)
        if inspect.isfunction(function):
            for parameter in inspect.signature(function).parameters.values():
                found |= {(name, parameter.name)} if any(word in parameter.annotation for word in choices) else set()
    assert found == set(CALLS)


@pytest.mark.parametrize(("function", "argument"), CALLS)
@pytest.mark.parametrize("word", ["Search", "train", "nothing", "", 3, ["retrain"]])
def test_another_word_is_refused(spec, function, argument, word):
    with pytest.raises(spikegraph.ArgumentError) as caught:
        CALLS[function, argument](spec, word)
    assert isinstance(caught.value, ValueError)
    assert caught.value.summary == f"`{argument}` is {word!r}; the choices are {CHOICES[function, argument]}"


@pytest.mark.parametrize(("word", "meant"), [("Search", "search"), ("train", "retrain"), ("deployed", "deploy"), ("xyz", None)])
def test_the_nearest_choice_is_named(spec, word, meant):
    with pytest.raises(spikegraph.ArgumentError) as caught:
        spikegraph.compile(spec, phase=word)
    assert caught.value.help == (None if meant is None else f"did you mean `{meant}`?")


def test_methods_refuse_other_words(spec):
    program, (module, example) = spikegraph.load(spec), sequential()
    imported, choices = spikegraph.from_torch(module, example), r"the choices are `search`, `retrain` and `deploy`"
    for function in (program.build, program.check, program.checked, program.space):
        with pytest.raises(spikegraph.ArgumentError, match=choices):
            function("Retrain")
    for phase in ("search", "Deploy"):  # fresh weights are no weights
        with pytest.raises(spikegraph.ArgumentError, match=r"`phase` is .*; the choices are `retrain` and `deploy`"):
            imported.model(phase)
    imported.save(spec.parent)
    weights = spec.parent / "weights.safetensors"
    with pytest.raises(spikegraph.ArgumentError, match=r"`phase` is 'train'; the choices are `search`, `retrain` and `deploy`"):
        spikegraph.compile(imported.program, weights=weights, phase="train")


def test_the_precision_of_a_run_is_one_of_four():
    with pytest.raises(
        spikegraph.ArgumentError, match="`precision` is 'fp8'; the choices are `fp32`, `tf32`, `bf16` and `fp16`"
    ):
        Settings(precision="fp8")


def test_the_level_of_a_picture_is_one_of_four(spec):
    graph: Shown = spikegraph.compile(spec).graph
    from spikegraph.plugins.targets import lower

    with pytest.raises(
        spikegraph.ArgumentError, match="`level` is 'layers'; the choices are `network`, `trellis`, `cell` and `ops`"
    ):
        lower(graph, "graphviz", level="layers")


@pytest.mark.parametrize(
    ("device", "summary", "help"),
    [
        ("gpu", "`device` is 'gpu'; the choices are `cpu`, `cuda`, `cuda:0` and `mps`", "did you mean `cuda`?"),
        ("cudaa", "`device` is 'cudaa'; the choices are `cpu`, `cuda`, `cuda:0` and `mps`", "did you mean `cuda`?"),
        ("cuda:x", "`device` is 'cuda:x'; the choices are `cpu`, `cuda`, `cuda:0` and `mps`", "did you mean `cuda:0`?"),
        ("", "`device` is ''; the choices are `cpu`, `cuda`, `cuda:0` and `mps`", None),
        (0, "`device` is 0; the choices are `cpu`, `cuda`, `cuda:0` and `mps`", None),
    ],
)
def test_another_device_is_refused_before_anything_is_read(tmp_path, monkeypatch, device, summary, help):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.sdhs").write_text(RUN)
    with pytest.raises(spikegraph.ArgumentError) as caught:
        spikegraph.fit("net.sdhs", train=[], test=[], device=device)
    assert (caught.value.summary, caught.value.help) == (summary, help)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(("seed", "told"), [(-1, "-1"), (2**32, "4294967296"), ("0", "'0'"), (0.5, "0.5"), (True, "True")])
def test_a_seed_is_a_whole_number(tmp_path, monkeypatch, seed, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.sdhs").write_text(RUN)
    with pytest.raises(spikegraph.ArgumentError) as caught:
        spikegraph.fit("net.sdhs", train=[], test=[], seed=seed)
    text = f"`seed` is {told}; it is a whole number from 0 to 4294967295"
    assert caught.value.summary == text
    with pytest.raises(spikegraph.ArgumentError) as caught:
        spikegraph.data("net.sdhs", seed=seed)
    assert caught.value.summary == text


@pytest.mark.parametrize(
    ("given", "summary", "help"),
    [
        ("retrain.C=6", "`overrides` is a string; it is a list of PATH=VALUE", "write overrides=['retrain.C=6']"),
        (["retrain.C=6", 3], "`overrides` has 3; it is a list of PATH=VALUE", 'write overrides=["PATH=VALUE"]'),
        ({"retrain.C": 6}, "`overrides` has {'retrain.C': 6}; it is a list of PATH=VALUE", 'write overrides=["PATH=VALUE"]'),
    ],
)
def test_overrides_are_a_list(spec, given, summary, help):
    for function in (lambda: spikegraph.load(spec, overrides=given), lambda: spikegraph.load(spec).with_overrides(given)):
        with pytest.raises(spikegraph.ArgumentError) as caught:
            function()
        assert (caught.value.summary, caught.value.help) == (summary, help)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"step_s": 0.0}, "`step_s` is 0.0; it is a number of seconds from 1e-06 to 1e+09"),
        ({"step_s": 1e-7}, "`step_s` is 1e-07; it is a number of seconds from 1e-06 to 1e+09"),
        ({"gap_s": float("nan")}, "`gap_s` is nan; it is a number of seconds from 1e-06 to 1e+09"),
        ({"step_s": "50ms"}, "`step_s` is '50ms'; it is a number of seconds from 1e-06 to 1e+09"),
        ({"step_events": 0}, "`step_events` is 0; it is a whole number from 1 to 999999999"),
        ({"restart": -1}, "`restart` is -1; it is a whole number from 0 to 999999999"),
        ({"sensor": (0, 34)}, "`sensor` is 0; it is a whole number from 1 to 99999"),
        (
            {"step_s": 0.05, "step_events": 100},
            "`step_s` and `step_events` are both given (help: a step has a length or a number of events: give one)",
        ),
    ],
)
def test_numbers_that_no_stream_can_have(tmp_path, given, told):
    """Steps of 0 microseconds had no end."""
    with pytest.raises(spikegraph.ArgumentError) as caught:
        spikegraph.stream(tmp_path, tmp_path / "a.npy", tmp_path / "out", **given)
    assert str(caught.value) == told
    assert not (tmp_path / "out").exists()
