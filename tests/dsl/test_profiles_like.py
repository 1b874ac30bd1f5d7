"""A profile like another one has the other's overrides before its own."""

import re
import shutil
from pathlib import Path

import pytest

from spikegraph.dsl.printer import print_file
from spikegraph.dsl.resolve import resolve
from spikegraph.elaborate.operation_defaults import with_operation_defaults

SPECS = Path(__file__).parents[2] / "specs"
HEAD = re.compile(r"^profile (\w+)(?: like (\w+))? \{\n(.*?)^\}\n", re.MULTILINE | re.DOTALL)
"""A profile in the form that `spikegraph fmt` gives it."""

INHERITING = [
    (path.relative_to(SPECS).as_posix(), name)
    for path in sorted(SPECS.rglob("*.sdhs"))
    for name, base, _ in HEAD.findall(path.read_text())
    if base
]


def emitted(path: Path, **options) -> str:
    """What `compile --emit resolved` prints, without the profiles."""
    resolved = resolve(path, **options)
    assert [d.summary for d in resolved.diagnostics if d.severity == "error"] == []
    return HEAD.sub("", print_file(with_operation_defaults(resolved)))


def written_out(text: str, name: str) -> str:
    """The text of a spec with a profile that has the lines of its bases, without paths that it sets itself, and no `like`."""
    profiles = {found[0]: (found[1], found[2]) for found in HEAD.findall(text)}
    lines, base = "", name
    while base:
        base, own = profiles[base]
        given = {line.split("=")[0].strip() for line in lines.splitlines() if "=" in line}
        lines = "".join(line for line in own.splitlines(True) if line.split("=")[0].strip() not in given) + lines
    return HEAD.sub(lambda found: f"profile {name} {{\n{lines}}}\n" if found[1] == name else found[0], text)


def test_bundled_profiles_inherit_from_others():
    assert {("cifar10.sdhs", "sample_best"), ("cifar10-n4.sdhs", "sample_best")} <= set(INHERITING)


@pytest.mark.parametrize(("name", "profile"), INHERITING)
def test_a_bundled_profile_is_its_base_with_its_own_overrides(name, profile, tmp_path):
    shutil.copytree(SPECS, tmp_path, dirs_exist_ok=True)
    (tmp_path / name).write_text(written_out((SPECS / name).read_text(), profile))
    expected = emitted(tmp_path / name, profile=profile, root=tmp_path)
    assert emitted(SPECS / name, profile=profile) == expected != emitted(SPECS / name)


@pytest.mark.parametrize("name", ["cifar10.sdhs", "cifar10-n4.sdhs"])
def test_the_recommended_search_has_the_data_and_the_size_of_the_sample(name):
    sample, best = (resolve(SPECS / name, profile=profile).spec for profile in ("sample", "sample_best"))
    assert best.datasets["cifar10"] == sample.datasets["cifar10"]
    assert (best.datasets["cifar10"].source, sample.search.method.name) == ("fashion_mnist_small", "darts")
    assert (best.search.method.name, best.search.method.named["n"]) == ("evolution", 50)
    assert (best.search.bindings, best.retrain.bindings) == (sample.search.bindings, sample.retrain.bindings)
    assert (best.search.epochs, best.retrain.epochs) == (sample.search.epochs, sample.retrain.epochs)
    assert (best.retrain.validate, sample.retrain.validate) == (0.1, None)


CHAIN = """\
sdhs 1
neuron lif { }
network net {
  param W = 1
  param V = 1
  input image : real[3, 8, 8]
  time = 2
  output logits = image -> conv(3, out = W) -> norm -> lif -> pool -> linear(V) -> mean(time)
}
dataset data {
  source = fashion_mnist_small
}
retrain net(W = 2) on data {
  epochs  = 1
  batch   = 1
  weights = sgd(lr = 0.1)
  loss    = cross_entropy(logits)
}
profile third like second {
  retrain.epochs = 4
}
profile first {
  lif.decay          = 0.1
  lif.threshold      = 0.25
  retrain.W          = 3
  retrain.epochs     = 2
  retrain.weights    = adam(lr = 0.2)
}
profile second like first {
  retrain.epochs     = 3
  retrain.batch      = 3
  retrain.weights.lr = 0.3
  lif.decay          = 0.4
}
"""


@pytest.fixture
def chain(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(CHAIN)
    return path


@pytest.mark.parametrize(
    ("profile", "overrides", "expected"),
    [
        ("first", [], (0.1, 0.25, 3, 2, 1, "adam", 0.2)),
        ("second", [], (0.4, 0.25, 3, 3, 3, "adam", 0.3)),
        ("third", [], (0.4, 0.25, 3, 4, 3, "adam", 0.3)),
        ("third", ["retrain.epochs=9", "retrain.weights.lr=0.5", "retrain.W=7"], (0.4, 0.25, 7, 9, 3, "adam", 0.5)),
        ("second", ["retrain.weights=sgd(lr = 0.7)", "lif.threshold=2"], (0.4, 2, 3, 3, 3, "sgd", 0.7)),
    ],
)
def test_profiles_like_profiles_in_any_order(chain, profile, overrides, expected):
    resolved = resolve(chain, profile=profile, overrides=overrides)
    assert list(resolved.diagnostics) == []
    lif, retrain = resolved.spec.neurons["lif"], resolved.spec.retrain
    width, method = retrain.bindings["W"].value, retrain.weights
    found = (lif.decay, lif.threshold, width, retrain.epochs, retrain.batch, method.name, method.named["lr"])
    assert found == expected


def test_an_inherited_override_has_its_own_place_in_messages(chain):
    chain.write_text(CHAIN.replace("lif.threshold      = 0.25", "lif.threshold      = 0"))
    found = [(d.code, d.span.line) for d in resolve(chain, profile="third").diagnostics]
    assert found == [("SG0208", CHAIN[: CHAIN.index("lif.threshold")].count("\n") + 1)]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("profile first {", "profile first like third {", "SG0211"),
        ("like first", "like fist", "SG0202"),
        ("like first", "like lif", "SG0210"),
    ],
)
def test_a_wrong_base_is_one_error(chain, old, new, code):
    chain.write_text(CHAIN.replace(old, new))
    assert [d.code for d in resolve(chain, profile="third").diagnostics] == [code]


OTHERS = """\
sdhs 1
neuron lif {
  surrogate = dspike(b = 3)
}
neuron soft like lif {
  reset = soft
}
dataset night {
  source   = cifar10_dvs
  encoding = voxel_grid(bins = 5)
  test     = 0.1
}
dataset day like night {
  steps = 4
}
"""


@pytest.mark.parametrize("path", ["lif.surrogate.b=5", "soft.surrogate.b=5", "day.encoding.bins=7"])
def test_set_reaches_an_argument_that_like_copied(tmp_path, path):
    spec = tmp_path / "net.sdhs"
    spec.write_text(OTHERS)
    resolved = resolve(spec, overrides=[path])
    assert list(resolved.diagnostics) == []
    soft, night, day = resolved.spec.neurons["soft"], resolved.spec.datasets["night"], resolved.spec.datasets["day"]
    assert soft.surrogate.named["b"] == (3 if "day" in path else 5)
    assert (night.encoding.named["bins"], day.encoding.named["bins"]) == (5, 7 if "day" in path else 5)


def test_a_set_source_does_without_the_keys_that_like_copied(tmp_path):
    spec = tmp_path / "net.sdhs"
    spec.write_text(OTHERS)
    resolved = resolve(spec, overrides=["day.source=events_small"])
    assert list(resolved.diagnostics) == []
    night, day = resolved.spec.datasets["night"], resolved.spec.datasets["day"]
    assert (night.source, night.test, day.source, day.steps) == ("cifar10_dvs", 0.1, "events_small", 4)
