"""A run's network is compared with its data set: what the spec shows is an error of the check, with its line and a fix."""

import pytest

from spikegraph.dsl.schema.augmentations import AUGMENTATIONS, Augmentation
from spikegraph.program.program import Program

IMAGES = """\
sdhs 1
neuron lif {{ }}
network net {{
  {inputs}
  {time}
  output logits = {x} -> stem(3, out = 4) -> pool -> linear({classes}) -> mean(time)
}}
dataset data {{ source = {source} augment = [{augment}] }}
retrain net on data {{
  epochs   = 1
  batch    = 8
  weights  = sgd(lr = 0.1)
  loss     = {loss}
  {more}
}}
"""
EVENTS = """\
sdhs 1
neuron lif {{ }}
network net {{
  input {inputs}
  {time}
  both = cost_volume({first} -> stem(3, out = 4), {second} -> stem(3, out = 4), planes = 4)
  output disparity = both -> stem(3, out = 4) -> restore(both, out = 1, last = membrane) -> subpixel
  output logits = {first} -> stem(3, out = 4) -> pool -> linear(10) -> mean(time)
}}
dataset mvsec {{ augment = [random_crop([96, 132], probability = 0.5)] }}
retrain net on mvsec {{
  epochs  = 1
  batch   = 1
  weights = sgd(lr = 0.1)
  loss    = {loss}
  {more}
}}
"""
IMAGE = {
    "inputs": "input image : real[3, 32, 32]",
    "time": "time = 2",
    "x": "image",
    "classes": 10,
    "source": "cifar10",
    "augment": "",
    "loss": "cross_entropy(logits)",
    "more": "",
}
STEREO = {
    "inputs": "left, right : events[5, 260, 346]",
    "time": "",
    "first": "left",
    "second": "right",
    "loss": "subpixel_cross_entropy(disparity)",
    "more": "",
}


def told(tmp_path, text):
    path = tmp_path / "net.sdhs"
    path.write_text(text, encoding="utf-8")
    return [(d.code, d.span.line, d.summary, d.help) for d in Program.read(path).check()]


CROP = "change the data set's `augment`, for example with `random_crop([height, width])`"


@pytest.mark.parametrize(
    ("changed", "line", "summary", "help"),
    [
        ({"classes": 1}, 6, "`logits` has the logits of 1 class, but `data` has 10", "make them 10, such as with `linear(10)`"),
        (
            {"source": "cifar100"},
            6,
            "`logits` has the logits of 10 classes, but `data` has 100",
            "make them 100, such as with `linear(100)`",
        ),
        (
            {"inputs": "input image : real[1, 32, 32]"},
            4,
            "`image` is real[1, 32, 32] once, but `data` has pixels [3, 32, 32]",
            "write `image : real[3, 32, 32]`, or make the images grey with `augment = [grey, ...]`",
        ),
        (
            {"source": "mnist", "augment": "pad([32, 32])"},
            4,
            "`image` is real[3, 32, 32] once, but `data` has pixels [1, 32, 32]",
            "write `image : real[1, 32, 32]`, or repeat the grey channel with `augment = [repeat(3), ...]`",
        ),
        (
            {"inputs": "input image : events[3, 32, 32]"},
            4,
            "`image` is events, but `data` has pixels [3, 32, 32]",
            "write `image : real[3, 32, 32]`",
        ),
        (
            {"inputs": "input image : real[3, 40, 48]"},
            4,
            "`image` is real[3, 40, 48] once, but `data` has pixels [3, 32, 32]",
            "write `image : real[3, 32, 32]`",
        ),
        ({"augment": "random_crop([28, 28])"}, 4, "`image` is real[3, 32, 32] once, but `data` has pixels [3, 28, 28]", None),
        ({"augment": "pad([28, 28])"}, 8, "`pad` can't make images of 32 x 32 smaller, to 28 x 28", CROP),
        ({"augment": "random_crop([40, 40])"}, 8, "`random_crop` can't cut 40 x 40 out of images of 32 x 32", CROP),
        (
            {"augment": "repeat(3)"},
            8,
            "`repeat` needs grey images, but these have 3 channels",
            "remove `repeat` from `augment`",
        ),
        (
            {"source": "mnist", "augment": "repeat(2), grey"},
            8,
            "`grey` needs images with 1 or 3 channels, but these have 2",
            "remove `grey` from `augment`",
        ),
        (
            {"augment": "random_crop([28, 28], probability = 0.5)"},
            8,
            "`random_crop` with a probability below 1 gives images of different sizes, which can't share a batch",
            CROP,
        ),
        (
            {"augment": "normalise(mean = [0.5], std = [0.5])"},
            8,
            "`normalise` has 1 means, but the images have 3 channels",
            "give `normalise` a mean and a standard deviation for each channel, "
            "such as `normalise([0.5, 0.5, 0.5], [0.2, 0.2, 0.2])`",
        ),
        (
            {"source": "imagenet", "augment": "resize(40)", "inputs": "input image : real[3, 40, 48]"},
            8,
            "the images of `imagenet` differ in size, but those of a batch must not",
            CROP,
        ),
        (
            {"time": ""},
            4,
            "the images of `data` have no time steps",
            "write `time = 6` in the network: each step then gets the same image",
        ),
        (
            {"inputs": "input left, right : real[3, 32, 32]", "x": "left"},
            4,
            "the network's inputs are `left` and `right`, but `data` has `image`",
            "the network needs the input image",
        ),
        ({"more": "validate = data"}, 9, "`data` has no validation part of its own", "write `validate = 0.1`"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_images(tmp_path, changed, line, summary, help):
    assert told(tmp_path, IMAGES.format(**IMAGE)) == []
    ((code, found, text, fix),) = told(tmp_path, IMAGES.format(**{**IMAGE, **changed}))
    assert (code, found, text) == ("SG0320", line, summary)
    assert help is None or fix == help


@pytest.mark.parametrize(
    "changed",
    [
        {"inputs": "input x : real[3, 32, 32]", "x": "x"},  # the only input may have any name
        {"source": "mnist", "augment": "pad([32, 32]), repeat(3)"},
        {"source": "imagenet", "augment": "resize(40), random_crop([32, 32])", "classes": 1000},
        {"source": "imagenet", "augment": "random_crop([32, 32])", "classes": 7},  # only the files show the classes
        {"augment": "random_crop([32, 32], padding = 4, probability = 0.5)"},
        {"more": "validate = 0.2 patience = 3"},
    ],
    ids="-".join,
)
def test_images_that_fit(tmp_path, changed):
    assert told(tmp_path, IMAGES.format(**{**IMAGE, **changed})) == []


@pytest.mark.parametrize(
    ("changed", "line", "summary", "help"),
    [
        (
            {"inputs": "left, right : events[3, 260, 346]"},
            4,
            "`left` is events[3, 260, 346], but `mvsec` has events [5, ?, ?]",
            "write `left : events[5, 260, 346]`",
        ),
        (
            {"inputs": "left, right : spike[5, 260, 346]"},
            4,
            "`left` is spike, but `mvsec` has events [5, ?, ?]",
            "write `left : events[5, 260, 346]`",
        ),
        (
            {"inputs": "one, two : events[5, 260, 346]", "first": "one", "second": "two"},
            4,
            "the network's inputs are `one` and `two`, but `mvsec` has `left` and `right`",
            "the network needs the inputs left and right",
        ),
        ({"time": "time = 4"}, 4, "`mvsec` has its own time steps, so `time` can't be given", "remove `time`"),
        ({"more": "validate = 0.1"}, 11, "`mvsec` has its own validation part", "write `validate = data`"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_events(tmp_path, changed, line, summary, help):
    assert told(tmp_path, EVENTS.format(**STEREO)) == []
    found = told(tmp_path, EVENTS.format(**{**STEREO, **changed}))
    assert found[0] == ("SG0320", line, summary, help)
    assert {code for code, *_ in found} == {"SG0320"}


RECORDED = """\
sdhs 1
neuron lif {{ }}
network net {{
  input x : {kind}[1, 8, 8]
  output o = x -> conv(3, out = 4) -> norm -> lif -> pool -> linear(3) -> mean(time)
}}
dataset d {{ source = python_events  sensor = [8, 8]  encoding = sbt  augment = [{augment}] }}
retrain net on d {{ epochs = 1  batch = 1  weights = sgd(lr = 0.1)  loss = cross_entropy(o) }}
"""


@pytest.mark.parametrize(
    ("augment", "other"),
    [
        ("normalise([0.1], [0.3])", "normalise"),
        ("horizontal_flip, resize(8), normalise([0.1], [0.3])", "resize"),
        ("random_crop([8, 8], padding = 1), horizontal_flip, cutout(2), pad([8, 8]), repeat(1)", None),
        ("grey", "grey"),
        ("mixup", "mixup"),
    ],
)
def test_signs_of_events_stay_so_only_behind_steps_that_keep_them(tmp_path, augment, other):
    assert told(tmp_path, RECORDED.format(kind="real", augment=augment)) == []
    wanted = (
        "SG0320",
        4,
        f"`x` is events, but `d` has numbers [1, 8, 8] behind `{other}`",
        f"write `x : real[1, 8, 8]`, or remove `{other}` from `augment`",
    )
    assert told(tmp_path, RECORDED.format(kind="events", augment=augment)) == ([] if other is None else [wanted])


@pytest.mark.parametrize("source", ['arrays  file = "a.npz"', "python"])
def test_images_are_no_vectors(tmp_path, source):
    text = RECORDED.replace("python_events  sensor = [8, 8]  encoding = sbt", source).replace(
        "conv(3, out = 4) -> norm", "linear(4)"
    )
    text = text.replace("{kind}[1, 8, 8]", "real[5]\n  time = 2").replace("-> pool -> linear(3)", "-> linear(3)")
    for augment in ("horizontal_flip", "mixup, horizontal_flip, cutout(2)"):
        assert told(tmp_path, text.format(augment=augment)) == [
            (
                "SG0320",
                4,
                "`x` is real[5] once, but `horizontal_flip` in `augment` of `d` is for images [C, H, W]",
                "remove `horizontal_flip` if the samples are vectors",
            )
        ]
    assert told(tmp_path, text.format(augment="mixup")) == []


def test_a_step_of_a_plug_in_says_whether_it_keeps_the_kind(tmp_path, monkeypatch):
    monkeypatch.setattr(AUGMENTATIONS, "_entries", {**AUGMENTATIONS._entries})
    made = {"step": lambda: None, "reshape": lambda shape: shape}
    kinds = {"silent": {}, "kept": {"kind": None}, "made": {"kind": "spike"}}
    for name, kind in kinds.items():
        AUGMENTATIONS.register(f"{name}_kind", Augmentation(f"{name}_kind", (), "", **made, **kind))

    def helps(kind, augment):
        return [help for *_, help in told(tmp_path, RECORDED.format(kind=kind, augment=augment))]

    assert [helps("events", f"{name}_kind") for name in kinds] == [
        [
            "write `x : real[1, 8, 8]`, or remove `silent_kind` from `augment`; a plug-in whose step leaves 0, 1 and -1 as "
            "they are says so with `Augmentation(..., kind=None)`"
        ],
        [],
        ["write `x : spike[1, 8, 8]`, or remove `made_kind` from `augment`"],
    ]
    assert [helps("real", f"{name}_kind") for name in kinds] == [[], [], []]
    assert helps("spike", "silent_kind, made_kind, kept_kind") == []


def test_losses_need_the_truth_of_the_data_set(tmp_path):
    stereo = EVENTS.format(**{**STEREO, "loss": "subpixel_cross_entropy(disparity) + cross_entropy(logits)"})
    assert [d[2:] for d in told(tmp_path, stereo)] == [
        (
            "`cross_entropy` needs classes, but `mvsec` has true disparities",
            "use `subpixel_cross_entropy`, or a data set of images",
        )
    ]


def test_every_profile_is_compared_with_its_own_data(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(IMAGES.format(**IMAGE) + "profile grey { data.source = mnist }\n")
    assert [d.code for d in Program.read(path, profile="grey").check()] == ["SG0320"]
    assert [d.code for d in Program.read(path).check()] == []
