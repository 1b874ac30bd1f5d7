"""The declared words that completion offers at a place, and those that don't fit there."""

import pytest

from spikegraph.service.places import Place
from spikegraph.service.service import Service

from .texts import place

LIBRARY = """\
sdhs 1
model own(current) {
  number gain = 0.5 in [0, 1]
  state v = 0
  u = gain * v[t-1] + current
  y = fire(u, 1)
  v = reset(u, y)
  emit y else u
}
neuron quick { decay = 0.1 }
block b(x) {
  weights = own
  param K = 3
  return x -> conv(K, out = 4) -> quick
}
network base {
  input x : real[1, 4, 4]
  time = 2
  output y = x -> pool
}
dataset shared { source = fashion_mnist_small }
"""
MAIN = """\
sdhs 1
import "lib.sdhs" as lib
import "genotypes.sdhs"
neuron lif { }
neuron slow like lif { decay = 0.9 }
candidates ops {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell normal { nodes = 2  candidates = ops }
network net {
  param act = lif
  param W = 4
  input image : real[1, 28, 28]
  time = 2
  a = image -> conv(3, out = W) -> act
  b = a -> choose(near = lib.b, far = identity)
  output logits = b -> chain([normal], 1) -> pool -> linear(10) -> mean(time)
}
dataset images { source = fashion_mnist_small }
retrain net on images { epochs = 1  batch = 8  weights = sgd(lr = 0.1)  loss = cross_entropy(logits) }
profile p {
  retrain.epochs = 2
}
"""
GENOTYPES = """\
sdhs 1
genotype normal { n0 = c3(prev2)  n1 = skip(prev) }
genotype net { act = slow  b = near }
"""

CASES = [
    ("loss = cross_entropy(logits)", "loss = cross_entropy(|)", {"logits", "label_smoothing"}, {"a", "mse"}),
    ("loss = cross_entropy(logits)", "loss = |", {"cross_entropy", "spikes"}, {"logits"}),
    ("loss = cross_entropy(logits)", "loss = spikes([|", {"a", "b"}, {"cross_entropy"}),
    ("retrain net on", "retrain net(|) on", {"act", "W"}, {"lif"}),
    ("retrain net on", "retrain net(act = |) on", {"lif", "slow", "normal"}, {"act", "W", "net"}),
    ("retrain net on", "retrain net(act = lib.|) on", {"quick"}, {"b", "base"}),
    ("retrain net on", "retrain net(W = |) on", set(), {"lif", "act"}),
    ("retrain net on", "retrain net(W = 3) |", {"on"}, {"neuron"}),
    ("retrain net on", "retrain lib.| on", {"base"}, {"quick", "b", "shared", "neuron"}),
    ("retrain net on images", "retrain net on lib.|", {"shared"}, {"base"}),
    ("retrain.epochs = 2", "images.source = |", {"fashion_mnist_small", "cifar10"}, {"net"}),
    ("retrain.epochs = 2", "images.augment = [|", {"horizontal_flip"}, {"net"}),
    ("retrain.epochs = 2", "retrain.weights = |", {"sgd", "adam"}, {"net"}),
    ("retrain.epochs = 2", "retrain.weights = sgd(|", {"lr", "momentum"}, {"net", "images", "sgd"}),
    ("retrain.epochs = 2", "retrain.loss = cross_entropy(|", {"logits"}, {"images"}),
    ("retrain.epochs = 2", "net.act = |", {"lif", "slow"}, {"net", "images"}),
    ("retrain.epochs = 2", "retrain.act = |", {"lif", "slow"}, {"net", "images"}),
    ("retrain.epochs = 2", "net.W = |", set(), {"lif", "net"}),
    ("retrain.epochs = 2", "retrain.epochs = 2\n  images.|", {"source", "augment"}, {"net"}),
    ("retrain.epochs = 2", "normal.rank_without = [|", {"c3", "skip"}, {"net"}),
    ("-> act", "-> lif(surrogate = |)", {"arctan", "dspike"}, {"a", "conv"}),
    ("-> act", "-> lif(reset = |)", {"hard", "soft"}, {"a", "conv"}),
    ("-> act", "-> lib.b(|)", {"K"}, {"decay"}),
    ("-> act", "-> lib.|", {"b", "quick"}, {"base", "own", "shared"}),
    ("decay = 0.9", "model = lib.|", {"own"}, {"b", "quick", "base"}),
    ("decay = 0.9", "decay = learn(1, per = |)", {"layer", "channel"}, {"learn"}),
    ("decay = 0.9", "surrogate = arctan(|)", {"b"}, {"arctan", "dspike"}),
    ("image : real[1, 28, 28]", "image : real[1, |]", {"W"}, {"real", "events", "a"}),
    ("image : real[1, 28, 28]", "image : |", {"real", "events"}, {"W"}),
    ("c3   = conv(3)", "c3   = |", {"conv", "lif"}, {"ops", "c3", "act"}),
    ("nodes = 2", "nodes = 2  preprocess = |", {"conv", "none", "lif"}, {"normal", "ops"}),
    ("nodes = 2", "nodes = 2  neuron = lif(|)", {"decay", "surrogate"}, {"mix"}),
    ("nodes = 2", "nodes = 2  neuron = lif(surrogate = |)", {"arctan"}, {"decay", "none"}),
    ("retrain net on images {", "retrain net on images { stems = |", {"relu", "lif", "slow"}, {"net"}),
    ("neuron slow like lif", "neuron slow like |", {"lif"}, {"slow"}),
    ("profile p", "genotype net |\nprofile p", set(), {"like"}),
    ("nodes = 2", "nodes = 2  rank_without = [|]", {"c3", "skip"}, {"normal"}),
]
IN_GENOTYPES = [
    ("c3(prev2)", "|(prev2)", {"c3", "skip"}, {"n0"}),
    ("c3(prev2)", "c3(|)", {"prev", "prev2", "n1"}, {"skip"}),
    ("act = slow", "act = |", {"lif", "slow", "normal"}, {"act", "near"}),
    ("b = near", "b = |", {"near", "far"}, {"lif", "b"}),
    ("act = slow  b = near", "|", {"act", "b"}, {"a", "W"}),
]


@pytest.mark.parametrize(
    ("name", "old", "new", "offered", "others"),
    [*(("main.sdhs", *case) for case in CASES), *(("genotypes.sdhs", *case) for case in IN_GENOTYPES)],
)
def test_words_at_a_place(tmp_path, name, old, new, offered, others):
    files = {"lib.sdhs": LIBRARY, "main.sdhs": MAIN, "genotypes.sdhs": GENOTYPES}
    (tmp_path / "pyproject.toml").touch()
    service, path = Service(), tmp_path / name
    written = files[name].replace(old, new.replace("|", ""), 1)
    for each, text in files.items():
        service.open(tmp_path / each, written if each == name else text)
    before = files[name].index(old) + new.index("|")
    at = Place(written.count("\n", 0, before) + 1, before - written.rfind("\n", 0, before))
    found = {each.name for each in service.completion(path, at)}
    assert found >= offered
    assert not found & others


def test_the_signature_of_a_block_of_a_named_import(tmp_path):
    written = MAIN.replace("-> act", "-> lib.b()")
    service, path = Service(), tmp_path / "main.sdhs"
    (tmp_path / "pyproject.toml").touch()
    service.open(path, written)
    service.open(tmp_path / "lib.sdhs", LIBRARY)
    found = service.signature(path, place(written, "lib.b(|)"))
    assert (found.text, found.active) == ("b(x, K = ...)", 1)
