"""Sequences and vectors in arrays: a class or numbers for each sample or time step, of equal or of different lengths."""

import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.own_array_checks import check_arrays
from spikegraph.data.own_arrays import read_arrays
from spikegraph.data.sets import data_sets
from spikegraph.elaborate.samples import require_fit
from spikegraph.program.program import Program

from .declared_arrays import declaration

SPEC = """sdhs 1
neuron lif {{ }}
dataset mine {{ source = arrays  file = "a.npz"  inputs = inputs  targets = targets  {keys} }}
network net {{
  input x : real[3]
  {time}
  output o = x -> linear(4) -> lif -> {end}
}}
retrain net on mine {{ epochs = 1  batch = {batch}  validate = 0.25  weights = adam(lr = 0.01)  loss = {loss} }}
"""


def program(keys, end="linear(2) -> mean(time)", loss="cross_entropy(o)", time="", batch=4):
    return Program.of_text(SPEC.format(keys=keys, end=end, loss=loss, time=time, batch=batch), "a.sdhs")


def sets(tmp_path, keys, loss="cross_entropy(o)", **arrays):
    np.savez(tmp_path / "a.npz", **arrays)
    return data_sets(program(keys, loss=loss).checked().spec.datasets["mine"], tmp_path, 0)


def numbers(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_a_class_for_each_sequence(tmp_path):
    x, y = numbers(10, 5, 3), np.array(["up", "down"] * 5)
    made = sets(tmp_path, "time_steps = true", inputs=x, targets=y)
    assert (len(made.train), len(made.test), made.about.classes) == (8, 2, ("down", "up"))
    places = [next(k for k in range(10) if np.array_equal(x[k], s.inputs["image"])) for s in made.train.samples()]
    assert [made.about.classes[int(s.target)] for s in made.train.samples()] == y[places].tolist()
    assert [s.steps for s in made.test.samples()] == [5, 5]
    assert str(made.sample_type) == "numbers [3]"


def test_a_class_for_each_step(tmp_path):
    x, y = numbers(10, 5, 3), np.arange(50).reshape(10, 5) % 3
    np.savez(tmp_path / "a.npz", inputs=x, targets=y)
    keys, spec = "time_steps = true  task = step_class", program
    dataset = spec(keys, end="linear(3)").checked().spec.datasets["mine"]
    made = data_sets(dataset, tmp_path, 0)
    sample = made.train.sample(0)
    assert sample.target.shape == (5,)
    assert sample.counted.all()
    assert made.about.classes == ("0", "1", "2")


def test_sequences_of_different_lengths(tmp_path):
    offsets = np.array([0, 2, 7, 8, 12])
    x, y = numbers(12, 3), np.array([0, 1, 0, 1])
    made = sets(tmp_path, "time_steps = true  offsets = offsets", inputs=x, targets=y, offsets=offsets)
    found = [*made.train.samples(), *made.test.samples()]
    assert sorted(s.steps for s in found) == [1, 2, 4, 5]
    for sample in found:
        at = next(k for k in range(4) if np.array_equal(x[offsets[k] : offsets[k + 1]], sample.inputs["image"]))
        assert y[at] == sample.target


def test_numbers_for_each_vector(tmp_path):
    x, y = numbers(10, 3), numbers(10)
    np.savez(tmp_path / "a.npz", inputs=x, targets=y)
    made = data_sets(program("task = numbers", loss="mse(o)", time="time = 2").checked().spec.datasets["mine"], tmp_path, 0)
    assert made.train.sample(0).target.shape == (1,)
    assert made.about.classes == ()
    mean = np.mean([s.target for s in made.train.samples()])
    errors = np.array([s.target[0] for s in made.test.samples()], np.float64) - mean
    expected = {"mean_squared_error": np.mean(errors**2), "mean_absolute_error": np.abs(errors).mean()}
    assert made.baselines() == {"mean target": pytest.approx(expected, rel=1e-6)}


def test_a_class_for_each_vector(tmp_path):
    x, y = numbers(10, 3), np.array(["up", "down"] * 5)
    np.savez(tmp_path / "a.npz", inputs=x, targets=y)
    made = data_sets(program("", time="time = 2").checked().spec.datasets["mine"], tmp_path, 0)
    assert (made.about.classes, made.sample_type.shape) == (("down", "up"), (3,))
    for sample in (*made.train.samples(), *made.test.samples()):
        at = next(k for k in range(10) if np.array_equal(x[k], sample.inputs["image"]))
        assert y[at] == made.about.classes[int(sample.target)]


@pytest.mark.parametrize("encoding", ["rows", "columns"])
def test_vectors_have_no_rows_and_columns(tmp_path, encoding):
    np.savez(tmp_path / "a.npz", inputs=numbers(10, 3), targets=np.arange(10) % 2)
    made = data_sets(program(f"encoding = {encoding}").checked().spec.datasets["mine"], tmp_path, 0)
    with pytest.raises(DataError, match=rf"sample \d: `{encoding}` encodes images \[C, H, W\], but this sample has .* \[3\]"):
        made.train.sample(0)


def test_numbers_for_each_step_of_different_lengths(tmp_path):
    offsets = np.array([0, 4, 5, 7, 12])
    x, y = numbers(12, 3), numbers(12)
    np.savez(tmp_path / "a.npz", inputs=x, targets=y, offsets=offsets)
    keys = "time_steps = true  offsets = offsets  task = numbers"
    made = data_sets(program(keys, "linear(1)", "mse(o)").checked().spec.datasets["mine"], tmp_path, 0)
    for sample in (*made.train.samples(), *made.test.samples()):
        at = next(k for k in range(4) if np.array_equal(x[offsets[k] : offsets[k + 1]], sample.inputs["image"]))
        assert sample.target[:, 0].tolist() == y[offsets[at] : offsets[at + 1]].tolist()
        assert sample.counted.tolist() == [True] * len(sample.target)


STEPPED = "linear(1)"
MEAN = "linear(1) -> mean(time)"


@pytest.mark.parametrize("offsets", [None, np.array([0, 4, 8, 12, 16, 20])])
@pytest.mark.parametrize(
    ("end", "loss", "at", "name"),
    [
        (MEAN, "mse(o)", 9, "o"),
        (f"{STEPPED}\n  output mean = o -> mean(time) -> linear(3)", "mse(mean)", 10, "mean"),
        (f"{MEAN}\n  y = x -> lif -> linear(1)", "mse(y)", 7, "o"),  # the evaluation takes the output
    ],
)
def test_targets_of_steps_need_an_output_of_steps(tmp_path, offsets, end, loss, at, name):
    arrays = {"inputs": numbers(20, 3), "targets": numbers(20, 1), "offsets": offsets}
    if offsets is None:
        arrays = {"inputs": numbers(5, 4, 3), "targets": numbers(5, 4, 1)}
    np.savez(tmp_path / "a.npz", **arrays)
    keys = "time_steps = true  task = numbers" + (offsets is not None) * "  offsets = offsets"

    def fit(end, loss):
        spec = program(keys, end, loss).checked()
        made = data_sets(spec.spec.datasets["mine"], tmp_path, 0)
        require_fit(spec.spec.retrain, spec.space("retrain"), made.sample_type, "a.npz")

    fit(STEPPED, "mse(o)")
    with pytest.raises(DataError) as error:
        fit(end, loss)
    assert error.value.summary.startswith(
        f"a.npz: each time step has a target, but `{name}` has one value for all steps (a.sdhs:{at}:"
    )
    assert error.value.help == f"end `{name}` without `mean(time)`"


def test_test_sequences_in_files_in_folders(tmp_path):
    for part, count in (("train", 3), ("test", 2)):
        (tmp_path / part).mkdir()
        np.save(tmp_path / part / "x.npy", numbers(3 * count, 3))
        np.save(tmp_path / part / "y.npy", np.arange(count) % 2)
        np.save(tmp_path / part / "o.npy", 3 * np.arange(count + 1))
    keys = {
        f"{part}{what}": f"{folder}/{what[0]}.npy"
        for part, folder in (("", "train"), ("test_", "test"))
        for what in ("inputs", "targets", "offsets")
    }
    dataset = declaration(**{k: v.replace("/i", "/x").replace("/t.", "/y.") for k, v in keys.items()}, time_steps=True)
    assert [len(part) for part in read_arrays(dataset, tmp_path)] == [3, 2]


def test_grey_images_with_numbers_have_no_channels_to_move(tmp_path):
    x, y = numbers(10, 4, 5), numbers(10)
    np.savez(tmp_path / "a.npz", images=x, labels=y)
    dataset = declaration(file="a.npz", task="numbers", channels="first")
    sample = read_arrays(dataset, tmp_path)[0].sample(0)
    at = y.tolist().index(sample.target[0])
    assert sample.inputs["image"].tolist() == x[at, None].tolist()


@pytest.mark.parametrize("shape", [(10,), (10, 2)])
@pytest.mark.parametrize("number", [np.inf, -np.inf, 1e39])
def test_an_infinite_target_is_refused(tmp_path, shape, number):
    """Of float32 in a training; NaN means that it isn't known."""
    y = numbers(*shape).astype(np.float64)
    y[(2, *[0] * (len(shape) - 1))] = np.nan
    keys = "task = numbers  time_steps = true"
    sets(tmp_path, keys, inputs=numbers(10, 4, 3), targets=y, loss="mse(o)")
    y[7] = number
    dataset = program(keys, loss="mse(o)").spec.datasets["mine"]
    np.savez(tmp_path / "a.npz", inputs=numbers(10, 4, 3), targets=y)
    for read in (read_arrays, check_arrays):
        with pytest.raises(DataError) as error:
            read(dataset, tmp_path)
        assert error.value.summary == "`targets[7]` has an infinite target"


WRONG = {
    "shape": (
        "time_steps = true",
        {"inputs": numbers(4, 3), "targets": np.zeros(4, int)},
        "`inputs` has the shape [4, 3] and the type float32; inputs are numbers [N, T, *size]",
        "store them so, or write `time_steps = false`",
    ),
    "count": (
        "time_steps = true",
        {"inputs": numbers(4, 5, 3), "targets": np.zeros(3, int)},
        "`targets` has the shape [3] for inputs [4, 5, 3]",
        "give [4]",
    ),
    "steps": (
        "time_steps = true  task = step_class",
        {"inputs": numbers(4, 5, 3), "targets": np.zeros((4, 3), int)},
        "`targets` has the shape [4, 3] for inputs [4, 5, 3]",
        "give [4, 5]",
    ),
    "type": (
        "time_steps = true",
        {"inputs": numbers(4, 5, 3), "targets": numbers(4)},
        "`targets` has the type float32; targets are classes as whole numbers or texts",
        "change `task`, or the array",
    ),
    "offsets": (
        "time_steps = true  offsets = offsets",
        {"inputs": numbers(6, 3), "targets": np.zeros(2, int), "offsets": np.array([0, 4, 5])},
        "`offsets` ends at 5, but `inputs` has 6 steps",
        "let the last number be the number of steps of all sequences",
    ),
    "descending": (
        "time_steps = true  offsets = offsets",
        {"inputs": numbers(6, 3), "targets": np.zeros(2, int), "offsets": np.array([0, 0, 6])},
        "`offsets` isn't a list of places",
        "store whole numbers that ascend from 0, [N + 1]",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arrays_are_refused(tmp_path, case):
    keys, arrays, summary, help = WRONG[case]
    np.savez(tmp_path / "a.npz", **arrays)
    end = "linear(2)" if "step_class" in keys else "linear(2) -> mean(time)"
    with pytest.raises(DataError) as caught:
        read_arrays(program(keys, end=end).checked().spec.datasets["mine"], tmp_path)
    assert (caught.value.summary, caught.value.help) == (summary, help)


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("task = step_class", "`step_class` has a class for each time step, but the inputs have no time steps"),
        ("offsets = o", "`offsets` say where sequences begin, but the inputs have no time steps"),
        ("test_offsets = o", "`test_offsets` say where sequences begin, but the inputs have no time steps"),
        ("time_steps = true  test_inputs = i  test_targets = t  test_offsets = o", "`test_offsets` needs `offsets`"),
        ("time_steps = true  test_offsets = o", "`test_inputs` and `test_offsets` belong together"),
        ("time_steps = true  encoding = rate(steps = 3)", "`rate` encodes images, but these have time steps"),
        ("task = numbers", "`cross_entropy` needs classes, but `mine` has numbers"),
    ],
)
def test_check_refuses_what_no_arrays_suit(keys, text):
    end = "linear(2)" if "step_class" in keys else "linear(2) -> mean(time)"
    found = [(d.code, d.summary) for d in program(keys, end, time="" if "time_steps" in keys else "time = 2").check()]
    assert any(code == "SG0320" and text in summary for code, summary in found), found


@pytest.mark.parametrize("source", ["arrays", "maps"])
@pytest.mark.parametrize(
    ("low", "high", "found", "suits"),
    [(0, 2, "spikes", ["spike", "events", "real"]), (-1, 2, "events", ["events", "real"]), (0, 3, "numbers", ["real"])],
)
def test_the_values_tell_their_kind(tmp_path, source, low, high, found, suits):
    """A network's `spike` needs 0 or 1, `events` -1, 0 or 1; `real` stays in the fix of a wrong size."""
    targets = np.arange(10) % 2
    end = "linear(2) -> mean(time)"
    if source == "maps":
        targets, end = np.ones((10, 3, 3), int) * (np.arange(3) % 2), "conv(1, out = 2) -> mean(time)"
    inputs = np.random.default_rng(0).integers(low, high, (10, 5, 3, *targets.shape[1:])).astype(np.float32)
    np.savez(tmp_path / "a.npz", inputs=inputs, targets=targets)
    size = "3, 3, 3" if source == "maps" else "3"

    def fix(kind: str, size: str) -> str | None:
        text = SPEC.format(keys="time_steps = true", end=end, loss="cross_entropy(o)", time="", batch=4)
        text = (
            text.replace("real[3]", f"{kind}[{size}]")
            .replace("linear(4)", "scale(1)")
            .replace("source = arrays", f"source = {source}")
        )
        made = Program.of_text(text, "a.sdhs").checked()
        sample_type = data_sets(made.spec.datasets["mine"], tmp_path, 0).sample_type
        assert str(sample_type) == f"{found} [{size.replace('4', '3')}]"
        try:
            require_fit(made.spec.retrain, made.space("retrain"), sample_type, "a")
        except DataError as error:
            assert f"but `mine` has {found} [" in error.summary
            return error.help
        return None

    narrowest = f"write `x : {suits[0]}[{size}]`"
    assert [fix(kind, size) for kind in ("spike", "events", "real")] == [
        None if kind in suits else narrowest for kind in ("spike", "events", "real")
    ]
    assert fix("real", size.replace("3", "4")) == f"write `x : real[{size}]`"
