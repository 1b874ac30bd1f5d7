"""Profiles and `--set` act as if the value were written in the declaration."""

# A wrong type fails the test anyway, and narrowing every value first would hide the assertions.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false, reportOperatorIssue=false

from pathlib import Path

import pytest

from spikegraph.dsl.resolve import resolve
from spikegraph.program.program import Program

STEREO = Path(__file__).parents[2] / "specs" / "stereo.sdhs"


def sound(**options):
    resolved = resolve(STEREO, **options)
    assert [(d.span.start, d.summary) for d in resolved.diagnostics] == []
    return resolved.spec


def told(*overrides, profile=None):
    return [
        (d.code, d.span.start, d.summary, d.help) for d in resolve(STEREO, overrides=overrides, profile=profile).diagnostics
    ]


def test_profile():
    spec = sound(profile="sample")
    assert spec.datasets["mvsec"].source == "sample"
    assert spec.search.epochs < sound().search.epochs
    assert spec.networks["stereo"].params["planes"].value < sound().networks["stereo"].params["planes"].value


INHERITED = """sdhs 1
neuron lif { }
profile first {
  lif.decay     = 0.25
  lif.threshold = 0.75
}
profile second like first { lif.threshold = 1 }
profile third like second { lif.reset = soft }
"""


def test_a_profile_has_the_values_of_its_base(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(INHERITED)
    for profile, wanted in {"first": (0.25, 0.75, "hard"), "second": (0.25, 1, "hard"), "third": (0.25, 1, "soft")}.items():
        resolved = resolve(path, profile=profile)
        assert [d.summary for d in resolved.diagnostics] == []
        neuron = resolved.spec.neurons["lif"]
        assert (neuron.decay, neuron.threshold, neuron.reset) == wanted
    assert resolve(path, profile="third", overrides=["lif.decay=0.5"]).spec.neurons["lif"].decay == 0.5
    # The bundled specs with such a profile train on the same sample.
    for name in ("cifar10", "cifar10-n4"):
        spec = resolve(STEREO.with_name(f"{name}.sdhs"), profile="sample_best").spec
        assert {each.source for each in spec.datasets.values()} == {"fashion_mnist_small"}


def test_profiles_like_each_other_are_one_error(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text("sdhs 1\nneuron lif { }\nprofile a like b { lif.decay = 0.5 }\nprofile b like a { lif.decay = 0.5 }\n")
    for profile in ("a", None):
        told = [(d.code, d.summary) for d in resolve(path, profile=profile).diagnostics]
        assert told == [("SG0211", "`like` forms a cycle: a like b like a")]


def test_later_overrides_win():
    assert sound(profile="sample", overrides=["search.epochs=3", "search.epochs=4"]).search.epochs == 4


def test_every_sort_of_path():
    spec = sound(
        overrides=[
            "lif.decay=0",
            "feature.nodes=4",
            "feature_path.levels=3",
            "stereo.time=2",
            "stereo.planes=8",
            "mvsec.stack=20ms",
            "conv_or_skip.c3=conv(5)->norm",
            "retrain.C=6*4",
            "retrain.planes=30",
            "retrain.dgs.every=7",
            "search.weights=adam(0.1)",
            "search.clip = 5",
            "retrain.weights.lr=0.5",
            "lif.surrogate.b = 4",
        ]
    )
    assert spec.neurons["lif"].decay == 0
    assert (spec.cells["feature"].nodes, spec.cells["matching"].nodes) == (4, 4)
    assert [t.levels for t in spec.trellises.values()] == [3, 3]
    assert (spec.networks["stereo"].time, spec.networks["stereo"].params["planes"].value) == (2, 8)
    assert spec.datasets["mvsec"].stack == 0.02
    assert [len(o.stages) for o in spec.candidates["conv_or_skip"].operations] == [2, 3, 1]
    assert (list(spec.retrain.bindings), spec.retrain.bindings["planes"].value) == (["C", "planes"], 30)
    assert spec.retrain.dgs[0].every == 7
    assert (spec.search.weights.name, spec.search.clip) == ("adam", 5.0)
    before = sound().retrain.weights
    assert spec.retrain.weights.named == {**before.named, "lr": 0.5} != before.named
    assert spec.neurons["lif"].surrogate.named["b"] == 4


def test_an_argument_of_an_earlier_override_or_profile():
    spec = sound(overrides=["search.weights=adam(lr = 0.1)", "search.weights.lr=0.2", "search.weights.weight_decay=0.5"])
    assert (spec.search.weights.name, spec.search.weights.named["lr"], spec.search.weights.named["weight_decay"]) == (
        "adam",
        0.2,
        0.5,
    )
    later = sound(overrides=["search.weights.lr=0.2", "search.weights=adam(lr = 0.1)"])
    assert (later.search.weights.name, later.search.weights.named["lr"]) == ("adam", 0.1)
    profiled = sound(profile="sample", overrides=["search.weights.lr=0.2"]).search.weights
    assert profiled.named == {**sound(profile="sample").search.weights.named, "lr": 0.2}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("search.epoch=3", ("SG0702", "--set:1:1", "unknown path `search.epoch`", "did you mean `search.epochs`?")),
        (" stere.C = 3", ("SG0702", "--set:1:2", "unknown path `stere`", "did you mean `stereo`?")),
        ("stereo.volume=3", ("SG0702", "--set:1:1", "unknown path `stereo.volume`", None)),
        ("stereo", ("SG0703", "--set:1:1", "`stereo` is not PATH=VALUE", "such as `search.epochs=2`")),
        ("a b=3", ("SG0703", "--set:1:1", "`a b=3` is not PATH=VALUE", "such as `search.epochs=2`")),
        ("search.epochs=[", ("SG0113", "--set:1:15", "`[` is not closed", "write the closing `]`")),
        ("search.epochs=", ("SG0106", "--set:1:1", "expected a value, found the end", None)),
        ("search.epochs=3 4", ("SG0106", "--set:1:17", "expected the end after `3`, found `4`", None)),
        ("search.epochs = 0", ("SG0208", "--set:1:17", "0 is out of range", "it must be at least 1 and at most 1000000")),
        ("lif.reset=hart", ("SG0209", "--set:1:11", "`hart` is not among the choices", "did you mean `hard`?")),
        ("search.weights.lrr=1", ("SG0216", "--set:1:1", "`sgd` has no parameter `lrr`", "did you mean `lr`?")),
        ("search.weights.lr=x", ("SG0202", "--set:1:19", "unknown name `x`", "write a number")),
        ("search.epochs.x=1", ("SG0702", "--set:1:1", "unknown path `search.epochs.x`", "did you mean `search.epochs`?")),
        ("lif.decay=1x", ("SG0108", "--set:1:11", "unknown unit `x`", "the units are `us`, `ms` and `s`")),
    ],
)
def test_wrong_override(text, expected):
    found = told(text)
    assert len(found) == 1
    assert found[0][:3] == expected[:3]
    if expected[3] is not None:
        assert found[0][3] == expected[3]


def test_each_override_is_a_line():
    assert [place for _, place, *_ in told("search.batch=2", "search.epoch=3", "lif.decay=2")] == ["--set:2:1", "--set:3:11"]
    missing = ("SG0106", "--set:2:1", "expected a value, found the end", None)
    assert told("search.batch=2", "search.epochs= ") == told("search.batch=2", "lif.decay= # 2") == [missing]


def test_unknown_profile():
    assert told(profile="samples") == [("SG0701", "--profile:1:1", "there is no profile `samples`", "did you mean `sample`?")]


def test_an_unused_profile_is_checked(tmp_path):
    path = tmp_path / "spec.sdhs"
    path.write_text("sdhs 1\nneuron lif {}\nprofile p {\n  lif.decay = 2\n  lif.decoy = 2\n  lif.reset = 1..2\n}\n")
    found = [(d.code, d.span.line) for d in resolve(path).diagnostics]
    assert found == [("SG0208", 4), ("SG0702", 5), ("SG0107", 6)]


def test_the_work_for_a_long_profile_is_linear(tmp_path, growth):
    path = tmp_path / "spec.sdhs"

    def work(count):
        names = [f"a{i}" for i in range(count)]
        text = "sdhs 1\ncandidates c {\n" + "".join(f"  {name} = conv(3)\n" for name in names)
        path.write_text(text + "}\nprofile p {\n" + "".join(f"  c.{name} = conv(5) -> norm\n" for name in names) + "}\n")
        resolved = resolve(path, profile="p")
        assert len(resolved.diagnostics) == 0
        assert [len(operation.stages) for operation in resolved.spec.candidates["c"].operations] == [2] * count

    assert growth(work, 50, 200) < 4.5


OWN = """\
sdhs 1
dataset mine {{
  source     = {source}
  test       = 0.1
  split_seed = 3
  steps      = 4
}}
profile sample {{
  mine.source = events_small
  mine.steps  = 6
}}
"""


def test_another_source_does_without_the_keys_of_the_first(tmp_path: Path):
    spec = tmp_path / "net.sdhs"
    spec.write_text(OWN.format(source="cifar10_dvs"))
    plain, sample = (resolve(spec, profile=profile) for profile in (None, "sample"))
    assert [list(r.diagnostics) for r in (plain, sample)] == [[], []]
    assert (plain.spec.datasets["mine"].test, plain.spec.datasets["mine"].split_seed) == (0.1, 3)
    assert (sample.spec.datasets["mine"].source, sample.spec.datasets["mine"].steps) == ("events_small", 6)
    again = resolve(spec, overrides=["mine.source = events", "mine.test = 0.3"])
    assert (list(again.diagnostics), again.spec.datasets["mine"].test, again.spec.datasets["mine"].split_seed) == ([], 0.3, 3)


def test_keys_that_no_source_has_or_that_are_given_anew_stay_errors(tmp_path: Path):
    spec = tmp_path / "net.sdhs"
    spec.write_text(OWN.format(source="cifar10_dvs").replace("split_seed", "split_sead"))
    assert [d.summary for d in resolve(spec, profile="sample").diagnostics] == ["unknown key `split_sead`"]
    spec.write_text(OWN.format(source="cifar10_dvs"))
    told = resolve(spec, profile="sample", overrides=["mine.test = 0.3"]).diagnostics
    assert [d.summary for d in told] == ["unknown key `test`"]
    spec.write_text(OWN.format(source="nothing"))
    told = resolve(spec, profile="sample").diagnostics
    assert [d.summary for d in told] == ["unknown key `test`", "unknown key `split_seed`"]


SOURCES_OF_ONE_NAME = """\
sdhs 1
network imagenet {
  param size = 8
  input image : real[3, size, size]
  time = 2
  output logits = image -> pool -> linear(2) -> mean(time)
}
dataset imagenet { augment = [random_crop([8, 8])] }
dataset mine {
  source = events
  folder = "recordings"
  test   = 0.1
}
profile small {
  imagenet.size = 4
  mine.test     = 0.2
}
profile roads {
  mine.source = dsec
  mine.test   = [zurich_city_04_a]
}
profile wrong {
  mine.test = [zurich_city_04_a]
}
"""


def test_a_profile_is_read_with_the_keys_of_the_data_set_that_it_names(tmp_path):
    """`size` is a param of the network and a key of other data sets; `test` is a share or a list, as the source has it."""
    path = tmp_path / "net.sdhs"
    path.write_text(SOURCES_OF_ONE_NAME)
    found = [(d.span.line, d.summary) for d in Program.read(path).check() if d.severity == "error"]
    assert found == [(23, "expected a number, found a list")]
