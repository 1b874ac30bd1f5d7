"""What people give the functions in Python by mistake, or in another form: the exact error, or what is done with it."""

import json
import shutil

import numpy as np
import pytest
import torch

import spikegraph
from spikegraph.runs.logger import Logger

pytestmark = pytest.mark.in_python

SPEC = (
    "sdhs 1\nneuron lif { }\nnetwork net {\n  input x : real[1, 4, 4]\n  time = 2\n"
    "  stem = x -> conv(3, out = 2) -> norm -> lif\n  mid = stem -> conv(3, out = 2) -> norm -> lif\n"
    "  output y = mid -> flatten -> linear(2) -> mean(time)\n}\n"
    "dataset own { source = python }\n"
    "retrain net on own { batch = 4  epochs = 1  weights = sgd(lr = 0.1)  loss = cross_entropy(y) }\n"
)
SUM = (
    "sdhs 1\nneuron lif { }\nnetwork net {\n  input x : real[1, 4, 4]\n  time = 2\n  a = x -> conv(3, out = 2) -> norm -> lif\n"
    "  b = x -> conv(3, out = 2) -> norm -> lif\n  s = add(a, b)\n  output y = s -> conv(3, out = 2) -> mean(time)\n}\n"
)
PAIRS = [(torch.full((1, 4, 4), k / 8), k % 2) for k in range(8)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("given")
    (path / "net.sdhs").write_text(SPEC)
    return path


@pytest.fixture(scope="module")
def run(folder):
    return spikegraph.fit(folder / "net.sdhs", train=PAIRS, test=PAIRS, out=folder / "run")


def told(call, kind=spikegraph.ArgumentError):
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


NO_SPEC = (
    "a `{}` is neither a spec nor the path of one (help: that of a run is `run.spec`, "
    "that of an imported network `imported.program`; `spikegraph.load` reads one)"
)


@pytest.mark.parametrize("name", ["compile", "data", "search", "validate", "reference"])
def test_a_run_and_a_module_are_no_spec(run, name):
    call = getattr(spikegraph, name)
    more = ({},) if name == "reference" else ()
    assert told(lambda: call(run, *more)) == NO_SPEC.format("Run")
    assert told(lambda: call(torch.nn.Linear(1, 1), *more)) == NO_SPEC.format("Linear")


def test_weights_come_from_a_run_a_folder_or_a_file_of_torch(folder, run):
    held = run.model("retrain")
    held.save(folder / "saved")
    torch.save(held.state_dict(), folder / "held.pth")
    image = torch.rand(3, 1, 4, 4)
    for weights in (run, folder / "saved", str(folder / "held.pth")):
        for phase in ("retrain", "deploy"):
            made = spikegraph.compile(folder / "net.sdhs", phase=phase, weights=weights)
            assert torch.equal(made(image), run.model(phase)(image))
    again = spikegraph.compile(folder / "net.sdhs", phase="deploy", weights=folder / "held.pth")
    kept = spikegraph.load_run(again.save(folder / "again"), phase="retrain")
    assert all(torch.equal(kept.state_dict()[name], tensor) for name, tensor in held.state_dict().items())


def test_the_weights_of_a_run_come_with_its_classes_and_data(folder, run):
    made, trained = spikegraph.compile(folder / "net.sdhs", weights=folder / "run"), run.model()
    assert made.classes == trained.classes == ("0", "1")
    assert (made.origin.seed, made.origin.data_folder) == (trained.origin.seed, trained.origin.data_folder)


def test_weights_alone_in_a_folder_come_without_classes(folder, run, tmp_path):
    shutil.copy(folder / "run" / "weights.safetensors", tmp_path / "weights.safetensors")
    assert spikegraph.compile(folder / "net.sdhs", weights=tmp_path).classes == ()


def test_a_part_of_the_weights_of_a_model_is_taken(folder, run):
    """The weights in Python are the source, whatever the spec names."""
    held = run.model("retrain")
    for k, weights in enumerate((held, held.state_dict())):
        of = {"train": PAIRS, "test": PAIRS, "out": folder / f"taken{k}", "overrides": ['retrain.weights_from="missing"']}
        taken = json.loads(
            (spikegraph.fit(folder / "net.sdhs", weights=weights, take="mid", **of) / "summary.json").read_text()
        )
        assert {name.partition(".")[0] for name in taken["weights"]["taken"]} == {"mid"}


@pytest.mark.parametrize("of", ["run", "folder", "model"])
def test_what_was_trained_from_a_part_goes_on_with_all_of_its_weights(folder, run, tmp_path, of):
    taking = spikegraph.load(folder / "net.sdhs", overrides=["retrain.take=[mid]"])
    first = spikegraph.fit(taking, train=PAIRS, test=PAIRS, weights=run, out=tmp_path / "first")
    start = {"run": first, "folder": first.path, "model": first.model("retrain")}[of]

    def parts(out, **more):
        made = spikegraph.fit(start, train=PAIRS, test=PAIRS, out=tmp_path / out, **more)
        return {name.partition(".")[0] for name in json.loads((made / "summary.json").read_text())["weights"]["taken"]}

    assert parts("all") == {"stem", "mid", "y"}
    assert parts("given", take="stem") == parts("override", overrides=["retrain.take=[stem]"]) == {"stem"}


def test_a_path_is_read_with_the_overrides(folder, tmp_path):
    (tmp_path / "net.sdhs").write_text(SPEC.replace("epochs = 1", "epochs = 0").replace("sgd", "nothing_of_this_name"))
    given = {"train": PAIRS, "test": PAIRS, "out": tmp_path / "run"}
    with pytest.raises(spikegraph.SpecError, match="0 is out of range"):
        spikegraph.fit(tmp_path / "net.sdhs", **given, overrides=["retrain.weights=sgd(lr = 0.1)"])
    both = ["retrain.epochs=1", "retrain.weights=sgd(lr = 0.1)"]
    assert spikegraph.fit(tmp_path / "net.sdhs", **given, overrides=both).metrics


def test_weights_that_are_none(folder, run):
    def compiled(weights):
        return lambda: spikegraph.compile(folder / "net.sdhs", weights=weights)

    help = "(help: give a file, or a `state_dict()`)"
    assert told(compiled(run.model())) == f"`weights` is a `Model` {help}"
    missing = f"{folder / 'no.pth'}: there are no weights of this name (help: give a run, a folder or a file of safetensors)"
    assert told(compiled(folder / "no.pth"), spikegraph.NotFoundError) == missing


@pytest.mark.parametrize("use", ["fit", "evaluate"])
def test_loaders_and_streams_are_no_data_sets(folder, run, use):
    place = f"{folder / 'net.sdhs'}:10:1: the training" if use == "fit" else f"{folder / 'run/resolved.sdhs'}:32:1: the test"
    for given in (torch.utils.data.DataLoader(PAIRS), iter(PAIRS)):

        def call(given=given):
            if use == "evaluate":
                return spikegraph.evaluate(run, given)
            return spikegraph.fit(folder / "net.sdhs", train=given, test=PAIRS, out=folder / "no")

        assert told(call, spikegraph.DataError) == (
            f"{place} set is a `{type(given).__name__}`, which hasn't a length and items by number "
            "(help: give a data set, of a `DataLoader` its `.dataset`; the batches are those of the spec)"
        )


def test_samples_to_evaluate_are_the_test_set(folder, run):
    place = f"{folder / 'run/resolved.sdhs'}:32:1:"
    assert told(lambda: spikegraph.evaluate(run, []), spikegraph.DataError) == f"{place} the test set has no sample"


@pytest.mark.parametrize("samples", [PAIRS, [torch.ones(1, 4, 4), torch.ones(1, 5, 4)]], ids=["pairs", "sizes"])
def test_samples_that_are_no_array(run, samples):
    help = "(help: give files, or an array of samples [N, ...] of one size, without their classes)"
    assert told(lambda: spikegraph.predict(run, samples), spikegraph.DataError) == f"the samples can't be made an array {help}"


def test_a_data_folder_beside_samples_is_refused(folder):
    def call():
        spikegraph.fit(folder / "net.sdhs", train=PAIRS, test=PAIRS, data=folder, out=folder / "no")

    assert told(call) == "`data` beside `train` and `test`, which are the samples; leave out one or the other"


def test_a_seed_of_numpy_is_a_number(folder):
    given, seeds = {"train": PAIRS, "test": PAIRS}, (np.int64(3), 3)
    made = [spikegraph.fit(folder / "net.sdhs", **given, seed=seed, out=folder / f"seed{k}") for k, seed in enumerate(seeds)]
    assert [each.seed for each in made] == [3, 3]
    one, other = (each.model("retrain").state_dict() for each in made)
    assert all(torch.equal(one[name], value) for name, value in other.items())


def test_rates_are_a_dictionary(folder):
    def call():
        spikegraph.fit(folder / "net.sdhs", train=PAIRS, test=PAIRS, rates=[("stem", 0.1)], out=folder / "no")

    assert told(call) == '`rates` is a `list` (help: give factors by pattern, as rates={"stem": 0.1})'


def test_a_logger_alone_is_taken(folder):
    class Kept(Logger):
        def __init__(self):
            self.phases = set()

        def log(self, numbers):
            self.phases.add(numbers.phase)

    kept = Kept()
    spikegraph.fit(folder / "net.sdhs", train=PAIRS, test=PAIRS, loggers=kept, out=folder / "logged")
    assert "retrain" in kept.phases

    def call():
        spikegraph.fit(folder / "net.sdhs", train=PAIRS, test=PAIRS, loggers=3, out=folder / "no")

    assert told(call).startswith("`loggers` has 3; it is a list of names of loggers")


def test_firing_rates_that_are_given(folder):
    spec = folder / "net.sdhs"
    rates = {"stem": 0.5, "mid": 0.25, "y.flatten": 0.25}
    found, full = spikegraph.stats(spec, rates=rates), spikegraph.stats(spec)
    convolution, linear = 4 * 4 * 2 * 2 * 9, 4 * 4 * 2 * 2  # additions of a time step, if all fire
    assert full.synaptic_operations == 2 * (convolution + linear)
    assert found.synaptic_operations == 2 * (0.5 * convolution + 0.25 * linear)
    help = "(help: give a rate for each of `stem`, `mid` and `y.flatten`)"
    assert told(lambda: spikegraph.stats(spec, rates={"stem": 0.5})) == f"`rates` has none for `mid` and `y.flatten` {help}"
    assert told(lambda: spikegraph.stats(spec, rates={})) == f"`rates` has none for `stem`, `mid` and `y.flatten` {help}"
    for wrong in (-1, "a", float("nan"), None, True):
        text = f"`rates` has {wrong!r} for `stem`; a rate is a number from 0"
        assert told(lambda wrong=wrong: spikegraph.stats(spec, rates={"stem": wrong, "y.flatten": 0.1})) == text


def test_spikes_that_a_sum_takes_have_rates_too(tmp_path):
    (tmp_path / "sum.sdhs").write_text(SUM, encoding="utf-8")
    text = "`rates` has none for `a` and `b` (help: give a rate for each of `a`, `b` and `s`)"
    assert told(lambda: spikegraph.stats(tmp_path / "sum.sdhs", rates={"s": 0.2})) == text
    found = spikegraph.stats(tmp_path / "sum.sdhs", rates={"a": np.float32(0.125), "b": 0.125, "s": 0.25})
    assert found.spikes == 2 * 2 * (2 * 4 * 4) * 0.125  # two neurons' maps of two channels, two time steps


@pytest.mark.parametrize(
    "given", [torch.ones(1, 1, 4, 4), {"image": torch.ones(1, 1, 4, 4)}, {}], ids=["tensor", "name", "none"]
)
def test_a_step_takes_inputs_by_name(run, given):
    stream = run.model().stream()
    text = 'a step needs all inputs by name: `step({"x": ...})`'
    assert told(lambda: stream.step(given), spikegraph.InputError) == text
