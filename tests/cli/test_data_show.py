"""`spikegraph data show`: statistics against numpy, pictures by their pixels, and what is refused."""

import io

import numpy as np
import pytest
from PIL import Image

from spikegraph.data.images import read_small
from spikegraph.data.signed_picture import ABOVE, BELOW, coloured, difference
from spikegraph.data.statistics import Shown, statistics

SPEC = """\
sdhs 1
neuron lif { }
network net {{
  input film : {input}
  {time}
  output logits = film -> conv(3, out = 4) -> norm -> lif -> pool -> linear({classes}) -> mean(time)
}}
dataset data {{
  {dataset}
}}
retrain net on data {{
  epochs  = 1
  batch   = 8
  weights = adam(lr = 0.01)
  loss    = cross_entropy(logits)
}}
"""


def written(path, dataset, input="real[1, 28, 28]", time="time = 2", classes=10):
    path.write_text(SPEC.replace("{ }", "{{ }}").format(dataset=dataset, input=input, time=time, classes=classes))
    return path


def test_statistics_of_images(spikegraph, tmp_path):
    spec = written(tmp_path / "net.sdhs", "source = fashion_mnist_small")
    found = spikegraph("data", "show", spec, "--part", "test", "--json").json
    test = read_small()[1].images[..., 0] / 255
    assert found["samples"] == {"train": 4000, "test": 1000}
    assert found["classes"]["test"]["bag"] == 100
    (channel,) = found["inputs"]["image"]["channels"]
    assert found["inputs"]["image"]["shape"] == [1, 28, 28]
    expected = {"mean": test.mean(), "std": test.std(), "least": 0, "most": 1, "nonzero": (test > 0).mean()}
    assert channel == pytest.approx(expected, rel=1e-6)
    assert found["looked_at"] == 1000


@pytest.fixture
def recordings(tmp_path):
    """Two classes of four recordings on 4 x 6 pixels: 8 events at one pixel in the first half, 4 in the second."""
    for label, y in (("above", 0), ("below", 3)):
        (tmp_path / "recs" / label).mkdir(parents=True)
        for k in range(4):
            t = np.array([*range(8), *range(60, 63), 99])
            x = np.full(12, k)
            on = np.arange(12) < 8
            np.savez(tmp_path / "recs" / label / f"{k}.npz", x=x, y=np.full(12, y), t=t, p=on)
    text = 'source = events\n  folder = "recs"\n  sensor = [4, 6]\n  steps = 2\n  cache = none\n  test = 0.25'
    return written(tmp_path / "net.sdhs", text, "real[2, 4, 6]", "", 2)


def test_statistics_of_events(spikegraph, recordings):
    done = spikegraph("data", "show", recordings)
    assert done.status == 0, done.err
    assert done.out.splitlines()[1:5] == [
        "class  train  test",
        "above      3     1",
        "below      3     1",
        "all        6     2",
    ]
    found = spikegraph("data", "show", recordings, "--json").json["inputs"]["events"]
    assert found["shape"] == [2, 2, 4, 6]
    assert found["nonzero_by_step"] == pytest.approx([1 / 48, 1 / 48])
    assert [c["most"] for c in found["channels"]] == [8, 4]
    assert [c["mean"] for c in found["channels"]] == pytest.approx([8 / 48, 4 / 48])


def test_a_sheet_of_events(spikegraph, recordings, tmp_path):
    assert spikegraph("data", "show", recordings, "-o", tmp_path / "a.png", "--samples", "2").status == 0
    with Image.open(tmp_path / "a.png") as picture:
        pixels = np.asarray(picture.convert("RGB"))
    # A pixel is drawn 18 times as large. Eight events are in full colour, four in half of it, below the legend's.
    near = lambda colour: (np.abs(pixels[:-30].astype(int) - colour) < 3).all(-1)  # noqa: E731
    blue, half = near(ABOVE), near([(255 + c) / 2 for c in BELOW])
    assert (blue.sum(), half.sum()) == (2 * 18 * 18, 2 * 18 * 18)
    assert np.flatnonzero(blue.any(0)).max() < np.flatnonzero(half.any(0)).min(), "the first step is left of the second"
    assert all((pixels[-30:] == colour).all(-1).any() for colour in (ABOVE, BELOW)), "the legend has both"


def test_an_animation_has_a_frame_for_each_step(spikegraph, recordings, tmp_path):
    assert spikegraph("data", "show", recordings, "-o", tmp_path / "a.gif", "--part", "test").status == 0
    with Image.open(tmp_path / "a.gif") as animation:
        assert animation.n_frames == 2


def test_an_animation_is_as_long_as_the_longest_sample():
    from spikegraph.backends.report.sample_sheet import animation

    short, long = (Shown({"film": np.eye(4)[:steps, None, None]}, f"{steps}", timed=True) for steps in (2, 4))
    with Image.open(io.BytesIO(animation([short, long], signed=False))) as found:
        assert found.n_frames == 4
        found.seek(3)
        pixels = np.asarray(found.convert("RGB"))[10 + 18 + 14]
    # A pixel is drawn 28 times as large. The first sample stays at its second step, the other one is at its fourth.
    white = [bool((pixels[10 + first + 28 * k + 14] == 255).all()) for first in (0, 4 * 28 + 6) for k in range(4)]
    assert white == [True, False, True, True, True, True, True, False]


def test_an_animation_of_numbers_is_refused():
    from spikegraph.backends.report.sample_sheet import animation

    with pytest.raises(ValueError, match=r"^the time steps of `x` aren't images, but numbers \[6\]$"):
        animation([Shown({"x": np.ones((3, 6))}, "one", timed=True)], signed=False)


def test_what_is_refused(spikegraph, tmp_path):
    spec = written(tmp_path / "net.sdhs", "source = fashion_mnist_small")
    done = spikegraph("data", "show", spec, "-o", tmp_path / "a.gif")
    assert done.status == 2
    assert "the samples have no time steps; write a .png file" in done.err
    done = spikegraph("data", "show", spec, "-o", tmp_path / "a.txt")
    assert done.status == 2
    assert "pictures of samples are .png or .gif files" in done.err
    assert [p.name for p in tmp_path.iterdir()] == ["net.sdhs"]
    done = spikegraph("data", "show", "specs/zoo/autodeeplab.sdhs")
    assert done.status == 1, done.out


def test_values_in_full_colour_and_between():
    plane = np.array([[0.0, 2.0, -2.0, 1.0, 5.0]])
    found = coloured(plane, 2.0)[0]
    assert found[0].tolist() == [255, 255, 255]
    assert found[1].tolist() == found[4].tolist() == list(ABOVE)
    assert found[2].tolist() == list(BELOW)
    assert found[3].tolist() == [round((255 + c) / 2) for c in ABOVE]
    value = np.arange(8.0).reshape(4, 1, 2)
    assert difference(value).tolist() == [[0 + 2 - 4 - 6, 1 + 3 - 5 - 7]]


RAMP = np.triu(np.ones((5, 5)))[:, None]
"""Five channels of one row, of which 1 to 5 are 1."""


@pytest.mark.parametrize("signed", [False, True])
def test_sums_over_channels_differ_in_colour(signed):
    """Full colour is the largest of what is drawn, at all steps: the sum, or lighter minus darker; not of one channel."""
    from spikegraph.backends.report.sample_sheet import animation, sheet

    value = np.stack([np.concatenate([RAMP, np.zeros_like(RAMP)]), np.concatenate([np.zeros_like(RAMP), RAMP])])
    sample = Shown({"film": value}, "one", timed=True)
    expected = [round(255 * (1 - min(1, k / np.percentile([1, 1, 2, 2, 3, 3, 4, 4, 5, 5], 99)))) for k in range(1, 6)]
    for draw in (sheet, animation):
        pixels = np.asarray(Image.open(io.BytesIO(draw([sample], signed=signed))).convert("RGB"))
        found = [int(pixels[10 + 18 + (18 if draw is sheet else 0) + 9, 10 + 22 * k + 9, 0]) for k in range(5)]
        assert found == pytest.approx(expected, abs=3), draw.__name__


def test_all_steps_of_many_samples_are_drawn(tmp_path):
    from spikegraph.backends.report.sample_sheet import sheet
    from spikegraph.data.statistics import Shown

    labels = np.array([[0, 1], [255, 2]])
    flow = np.stack([np.ones((2, 2)), np.zeros((2, 2))])
    inputs = {"events": np.ones((3, 1, 2, 2))}
    for truth, kind, names in ((labels[None], "labels", ("sky", "road", "car")), (flow, "flow", ())):
        content = sheet([Shown(inputs, "one", truth, kind, timed=True)], signed=False, classes=names)
        assert Image.open(io.BytesIO(content)).size[0] > 4 * 112


OWN = """sdhs 1
neuron lif {{ }}
dataset mine {{ source = arrays  file = "a.npz"  inputs = inputs  targets = targets  {keys} }}
network net {{
  input x : real[3]
  {time}
  output o = x -> linear(4) -> norm -> lif -> linear(2)
}}
retrain net on mine {{ epochs = 1  batch = 8  weights = adam(lr = 0.05)  loss = {loss} }}
"""


CHANNELS = """\
channel  mean  std  least  most  not 0 %
0         0.5  0.5      0     1       50
1         0.5  0.5      0     1       50
2         0.5  0.5      0     1       50
"""


def test_numbers_that_are_not_drawn(spikegraph, tmp_path):
    """The targets of a regression: 0, 0.5, ... 9.5, of which 2.5 isn't known."""
    numbers = np.arange(20, dtype=np.float32).reshape(10, 2) / 2
    numbers[2, 1] = np.nan
    lines = own(spikegraph, tmp_path, "task = numbers", "mse(o)", np.tile([[0], [1]], (5, 3)), numbers)
    assert (
        lines
        == f"""\
part   samples
train       10
test        10

image [3], train, 10 samples looked at
{CHANNELS}
truth: 0 to 9.5, mean 4.868; known for 95 % of the numbers
"""
    )


def test_a_class_for_each_time_step(spikegraph, tmp_path):
    names = np.tile(["idle", "idle", "walk", "walk", "walk", "walk"], (10, 1))
    inputs = np.broadcast_to(np.array([0, 1])[:, None], (10, 3, 2, 3)).reshape(10, 6, 3)
    lines = own(spikegraph, tmp_path, "time_steps = true  task = step_class", "cross_entropy(o)", inputs, names)
    assert (
        lines
        == f"""\
part   samples
train       10
test        10

image [6, 3], train, 10 samples looked at
{CHANNELS}
not 0 at each time step, %: 0  100  0  100  0  100

label  numbers %
idle       33.33
walk       66.67
"""
    )


def test_sequences_of_different_lengths_have_no_time_steps_in_common():
    values = [np.full((steps, 2), steps, np.float32) for steps in (1, 3, 2, 3)]
    found = statistics(Shown({"x": value}, "", timed=True) for value in values).inputs["x"]
    assert found.steps == ()
    assert [channel.mean for channel in found.channels] == [pytest.approx((1 + 9 + 4 + 9) / 9)] * 2


def own(spikegraph, folder, keys, loss, inputs, targets):
    """What is printed about data of one's own below the line that says where they are from; training and test are the same."""
    inputs = inputs.astype(np.float32)
    np.savez(folder / "a.npz", inputs=inputs, targets=targets, test_inputs=inputs, test_targets=targets)
    keys += "  test_inputs = test_inputs  test_targets = test_targets"
    (folder / "a.sdhs").write_text(OWN.format(keys=keys, loss=loss, time="" if inputs.ndim == 3 else "time = 2"))
    done = spikegraph("data", "show", folder / "a.sdhs")
    assert done.status == 0, done.err
    return done.out.partition("\n")[2]
