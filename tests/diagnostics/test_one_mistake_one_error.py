"""One mistake is one error: in loops through time, where a plug-in is missing, and where a name of many uses is wrong."""

import pytest

from spikegraph.program.program import Program

LOOP = """\
sdhs 1
neuron lif { }
network net {
  input s : spike[8, 32, 32]
  BODY
  output logits = a -> pool -> linear(10) -> mean(time)
}
dataset data { source = events_small }
"""

RUN = "retrain net on data { epochs = 1  batch = 1  weights = sgd(lr = 0.1)  loss = cross_entropy(logits) }\n"

IN_LOOPS = [
    ("a = add(s -> conv(3, out = 16), previous(a) -> conv(3, out = 8)) -> lif", "SG0302"),
    ("a = add(s -> conv(3, out = 16), previous(a) -> conv(3, out = 16), zz) -> lif", "SG0307"),
    ("a = add(s -> conv(3, out = 16), previous(zz)) -> lif", "SG0307"),
    ("a = add(zz -> conv(3, out = 16), previous(a)) -> lif", "SG0307"),
    ("a = add(s -> conv(0, out = 16), previous(a)) -> lif", "SG0304"),
    ("a = add(s -> conv(3, out = 16), previous(a) -> conv(0, out = 16)) -> lif", "SG0304"),
    ("a = add(s -> linear(3), previous(a)) -> lif", "SG0305"),
    ("a = add(s -> conv(3, out = 16), previous(a) -> linear(16)) -> lif", "SG0305"),
    ("a = add(s, previous(a)) -> liff", "SG0307"),
    ("a = add(s, previous(a)) -> lif(decy = 0.3)", "SG0308"),
    ("a = add(s, previous(a)) -> lif(decay = 3)", "SG0304"),
    ("a = add(previous(a) -> liff, s) -> lif", "SG0307"),
    ("a = add(previous(a) -> lif(decy = 0.3), s) -> lif", "SG0308"),
    ("a = add(s, previous(a)) -> choose(x = convv(3), y = identity) -> lif", "SG0307"),
    ("a = add(s, previous(a)) -> repeat(nope, 3)", "SG0310"),
    ("a = add(s, previous(a) -> mean(tim)) -> lif", "SG0304"),
    ("a = add(s, previous(a) -> subpixel) -> lif", "SG0302"),
    ("a = add(s, previous(a) -> lif -> lif2) -> lif", "SG0307"),
    ("a = previous(a) -> conv(3, out = 8) -> lif", "SG0331"),
    ("a = previous(a) -> conv(3, ot = 8) -> lif", "SG0308"),
    ("a = concat(s, previous(a))", "SG0331"),
    ("b = add(previous(a), previous(b)) -> lif\n  a = add(zz, previous(b)) -> lif", "SG0307"),
    ("b = add(previous(a), s)\n  a = b -> conv(3, oout = 8) -> lif", "SG0308"),
    (
        "block f(x) {\n    weights = own\n    y = add(zz, previous(y)) -> lif\n    return add(x, y) -> lif\n  }\n  a = s -> f",
        "SG0307",
    ),
]

BESIDE = [
    "",
    "\n  c = add(previous(c) -> conv(3, out = 4), a -> conv(3, out = 4)) -> lif\n  output other = c",
    "\n  c = add(previous(a) -> conv(3, out = 4), previous(d)) -> lif\n  d = c -> lif\n  output other = d",
]
"""Other loops, which depend on the wrong one."""


def found(folder, text, **options):
    (folder / "spec.sdhs").write_text(text)
    return [(d.code, d.span.line, d.summary) for d in Program.read(folder / "spec.sdhs", **options).check()]


@pytest.mark.parametrize("run", ["", RUN], ids=["alone", "run"])
@pytest.mark.parametrize("beside", BESIDE, ids=["one", "behind", "mutual"])
@pytest.mark.parametrize(("body", "code"), IN_LOOPS)
def test_a_mistake_in_a_loop_is_one_error(body, code, beside, run, tmp_path):
    assert [c for c, _, _ in found(tmp_path, LOOP.replace("BODY", body + beside) + run)] == [code]


@pytest.mark.parametrize("beside", BESIDE, ids=["one", "behind", "mutual"])
def test_the_sound_loops_are_sound(beside, tmp_path):
    body = "a = add(s -> conv(3, out = 16), previous(a) -> conv(3, out = 16)) -> lif"
    assert found(tmp_path, LOOP.replace("BODY", body + beside)) == []


PLUGGED = """\
sdhs 1
neuron lif { }
neuron mine { model = lif }
candidates ops { c3 = conv(3) -> norm -> lif  skip = identity }
cell normal { nodes = 2  candidates = ops  neuron = lif }
network net {
  param W = 2
  param n = mine
  input image : real[3, 32, 32]
  time = 2
  s = image -> stem(3, out = W, neuron = lif) -> conv(3, out = W) -> n
  t = s -> chain([normal], width = W) -> conv(3, out = 4) -> mine(threshold = 0.3) -> restore(s, out = 4, neuron = lif)
  output logits = t -> pool -> linear(10) -> mean(time)
}
dataset data { source = cifar10  augment = [cutout(8)]  encoding = direct }
search net(W = 2) on data {
  epochs = 2  batch = 8  weights = adam(lr = 0.1)  loss = cross_entropy(logits)
  method = darts  schedule = cosine
}
retrain net(W = 2, n = mine) on data {
  epochs = 2  batch = 8  weights = sgd(lr = 0.1)  loss = smooth_l1(logits) + cross_entropy(logits)
  schedule = [linear_warm_up(1), constant]  dgs at s { every = 1 }
}
profile p { lif.decay = 0.1  mine.threshold = 0.2  data.source = fashion_mnist_small  retrain.weights.lr = 0.2 }
"""


@pytest.mark.parametrize(
    "change",
    [
        (),
        (("  param n = mine\n", ""), ("-> n\n", "-> mine\n"), (", n = mine", "")),
        (("retrain net(W = 2, n = mine) on data {", "retrain net(W = 2, n = mine) on data { stems = mine"),),
        (("time = 2\n", "time = 2  neuron = mine\n"),),
    ],
    ids=["param", "plain", "stems", "neuron"],
)
@pytest.mark.parametrize("profile", [None, "p"])
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("model = lif", "model = ownlif", "SG0209"),
        ("model = lif", "model = ownlif(k = learn(1))", "SG0209"),
        ("neuron lif { }", "neuron lif { model = ownlif  decay = 0.3 }", "SG0209"),
        ("neuron lif { }", "neuron lif { surrogate = mine(3) }", "SG0313"),
        ("cutout(8)", "cutmix(8)", "SG0209"),
        ("encoding = direct", "encoding = phase(steps = 3)", "SG0209"),
        ("method = darts", "method = mymethod(3)", "SG0209"),
        ("smooth_l1(logits) + cross_entropy", "focal(logits, gamma = 2) + cross_entropy", "SG0209"),
        ("weights = adam(lr = 0.1)", "weights = lion(lr = 0.1)", "SG0209"),
        ("weights = sgd(lr = 0.1)", "weights = lion(lr = 0.1)", "SG0209"),
        ("schedule = cosine\n", "schedule = poly(0.9)\n", "SG0209"),
        ("mine(threshold = 0.3)", "qif(threshold = 0.3)", "SG0307"),
        ("conv(3) -> norm", "myconv(3) -> norm", "SG0307"),
        ("restore(s, out = 4, neuron = lif)", "myrestore(s, out = 4)", "SG0307"),
    ],
)
def test_a_missing_plug_in_is_one_error(old, new, code, change, profile, tmp_path):
    text = PLUGGED.replace("smooth_l1(logits) + ", "") if "smooth" not in old else PLUGGED
    assert old in text
    for before, after in change:
        text = text.replace(before, after)
    assert [c for c, _, _ in found(tmp_path, text.replace(old, new), profile=profile)] == [code]


def test_a_name_that_a_profile_has_often_is_one_error(tmp_path):
    text = "sdhs 1\nneuron lif { }\nprofile p {\n  lief.decay = 0.1\n  lief.threshold = 0.2\n  lief.reset = soft\n}\n"
    assert found(tmp_path, text) == [("SG0702", 4, "unknown path `lief`")]
