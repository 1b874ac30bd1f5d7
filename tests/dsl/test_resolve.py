"""From trees to specs: values, defaults, `like`, and an equivalent written-out form."""

# A wrong type fails the test anyway, and narrowing every value first would hide the assertions.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false, reportOperatorIssue=false

import dataclasses
from pathlib import Path

import pytest

from spikegraph.dsl.equality import same
from spikegraph.dsl.limits import MOST_WRITTEN
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.resolve import resolve

SPECS = Path(__file__).parents[2] / "specs"
STEREO = SPECS / "stereo.sdhs"
GENOTYPE = SPECS / "genotypes" / "stereo.sdhs"

BASE = """sdhs 1
neuron lif {}
candidates few { c3 = conv(3) -> norm -> lif skip = identity }
cell one { nodes = 2 candidates = few neuron = lif(surrogate = dspike(b = 2)) }
"""


def sound(path, **options):
    resolved = resolve(path, **options)
    assert [(d.span.start, d.summary) for d in resolved.diagnostics] == []
    return resolved


def spec_of(text, tmp_path, **options):
    path = tmp_path / "spec.sdhs"
    path.write_text(text, encoding="utf-8")
    return sound(path, **options).spec


def codes(text, tmp_path, **options):
    path = tmp_path / "spec.sdhs"
    path.write_text(text, encoding="utf-8")
    resolved = resolve(path, **options)
    return [d.code for d in resolved.diagnostics], resolved


def test_stereo_has_the_papers_values():
    spec = sound(STEREO).spec
    lif = spec.neurons["lif"]
    assert (lif.decay, lif.threshold, lif.reset, lif.detach_reset) == (0.2, 0.5, "hard", False)
    assert (lif.surrogate.name, dict(lif.surrogate.named)) == ("dspike", {"b": 3})
    assert [o.name for o in spec.candidates["conv_or_skip"].operations] == ["c3", "c5", "skip"]
    matching = spec.cells["matching"]
    assert dict(matching.edges) == {"n0": ("prev2", "prev"), "n1": ("prev2", "prev", "n0"), "n2": ("prev2", "prev", "n0", "n1")}
    assert (matching.keep, matching.mix, matching.stride, matching.rank_without) == (2, "spike", 1, ())
    assert [(t.cell, t.layers, t.levels, t.resize) for t in spec.trellises.values()] == [
        ("feature", 2, 4, "nearest"),
        ("matching", 4, 4, "nearest"),
    ]
    stereo = spec.networks["stereo"]
    assert [i.name for i in stereo.inputs] == ["left", "right"]
    assert {i.kind for i in stereo.inputs} == {"events"}
    assert (list(stereo.params), stereo.time) == (["C", "planes", "step"], None)
    assert [w.name for w in stereo.wires if w.output] == ["disparity"]
    assert [w.name for w in stereo.blocks[0].wires] == ["stem0", "stem1", "cells"]
    mvsec = spec.datasets["mvsec"]
    assert mvsec.source == "mvsec"
    assert (mvsec.stack, mvsec.frames, mvsec.steps, mvsec.burn_in) == (0.05, 5, 6, 2)
    assert (mvsec.stride, mvsec.focal_baseline) == (6, 19.941772)


def test_stereo_runs():
    spec = sound(STEREO).spec
    search, retrain = spec.search, spec.retrain
    assert (search.network, search.dataset) == ("stereo", "mvsec")
    assert (search.epochs, search.warm_up, search.split) == (12, 3, 0.5)
    assert search.weights.named == {"lr": 0.002, "momentum": 0.9, "weight_decay": 0.0, "nesterov": False}
    assert [call.name for call in search.schedule] == ["constant"]
    assert (search.stems, retrain.stems) == ("relu", "lif")
    assert [(x.weight, x.name, x.of, x.options) for x in search.loss] == [
        (1.0, "subpixel_cross_entropy", None, {"diversity": 2.0})
    ]
    dgs = retrain.dgs[0]
    assert dgs.places == ("features.stem0",)
    assert (dgs.every, dgs.iterations, dgs.candidates, dgs.spacing) == (5, 100, 5, 0.2)
    assert (dgs.epsilon, dgs.bounds, dgs.lr, dgs.state) == (0.001, (1.0, 6.0), 0.1, "fresh")


def test_runs_are_typed_records():
    spec = sound(STEREO).spec
    short = dataclasses.replace(spec.retrain, epochs=3, dgs=())
    assert (short.kind, short.epochs, short.dgs, short.loss) == ("retrain", 3, (), spec.retrain.loss)
    assert (spec.search.kind, hasattr(spec.search, "dgs"), hasattr(short, "warm_up")) == ("search", False, False)


@pytest.mark.parametrize("options", [{}, {"profile": "sample"}, {"genotype": GENOTYPE}, {"overrides": ["retrain.C = 6 * 2"]}])
def test_the_resolved_file_means_the_same(options, tmp_path):
    resolved = sound(STEREO, **options)
    text = print_file(resolved.file)
    path = tmp_path / "resolved.sdhs"
    path.write_text(text, encoding="utf-8")
    again = sound(path)
    assert same(dataclasses.replace(again.spec, file=""), dataclasses.replace(resolved.spec, file=""))
    assert print_file(again.file) == text
    assert "import" not in text
    assert "like" not in text


@pytest.mark.parametrize("between", [" ", "\n", "\n\n\n"])
def test_the_resolved_text_is_that_of_its_own_reading_however_the_spec_is_laid_out(between, tmp_path):
    """A run is resumed with the text in its folder, which must give the same text again."""
    entries = (
        "epochs = 1",
        "batch = 1",
        "weights = sgd(lr = 0.1)",
        "loss = cross_entropy(y)",
        "dgs at x { every = 1 }",
        "clip = 1",
    )
    run = between.join(("retrain net on mine {", *entries, "}"))
    text = f"""sdhs 1
neuron lif {{ }}
network net {{
  input s : spike[3]
  x = s -> linear(4) -> lif
  output y = x -> linear(2) -> mean(time)
}}
dataset mine {{ source = arrays  time_steps = true }}
{run}
"""
    path = tmp_path / "spec.sdhs"
    path.write_text(text, encoding="utf-8")
    resolved = print_file(sound(path).file)
    path.write_text(resolved, encoding="utf-8")
    assert print_file(sound(path).file) == resolved


def test_genotype_files_need_no_spec():
    spec = sound(GENOTYPE).spec
    assert [(t.operation, t.source) for t in spec.genotypes["matching"].nodes["n1"]] == [("c5", "prev"), ("c5", "n0")]
    assert {name: path.levels for name, path in spec.paths.items()} == {"feature_path": (1, 0), "matching_path": (1, 2, 2, 1)}


def test_a_bound_genotype_replaces_the_specs_own(tmp_path):
    own = BASE + "genotype one { n0 = c3(prev) + c3(prev2) n1 = c3(prev) + c3(n0) }\n"
    other = tmp_path / "other.sdhs"
    other.write_text("sdhs 1\ngenotype one { n0 = skip(prev) + c3(prev2) n1 = c3(prev2) + skip(n0) }\n")
    spec = spec_of(own, tmp_path, genotype=other)
    assert [t.operation for t in spec.genotypes["one"].nodes["n0"]] == ["skip", "c3"]


def test_a_bound_genotype_is_checked_against_the_cell(tmp_path):
    other = tmp_path / "other.sdhs"
    other.write_text("sdhs 1\ngenotype one { n0 = c3(prev) + c3(prev2) }\n")
    found, resolved = codes(BASE, tmp_path, genotype=other)
    assert found == ["SG0402"]
    assert {d.span.file for d in resolved.diagnostics} == {str(other)}
    assert resolved.spec.genotypes == {}
    assert "one" in resolved.spec.cells


def test_like_copies_and_changes(tmp_path):
    spec = spec_of(
        BASE
        + """
        cell two like three { keep = 1 }
        cell three like one { nodes = 3 stride = 2 }
        candidates more like few { c5 = conv(5) -> norm -> lif c3 = conv(3) }
        dataset night like mvsec { split = 3 }
        dataset mvsec { frames = 4 }
        """,
        tmp_path,
    )
    assert (spec.cells["two"].nodes, spec.cells["two"].stride, spec.cells["two"].keep) == (3, 2, 1)
    assert spec.cells["three"].keep == 2
    assert [(o.name, len(o.stages)) for o in spec.candidates["more"].operations] == [("c3", 1), ("skip", 1), ("c5", 3)]
    night = spec.datasets["night"]
    assert (night.source, night.split, night.frames) == ("mvsec", 3, 4)


def test_edges_may_be_restricted(tmp_path):
    spec = spec_of(BASE + "cell two like one { edges = [n1(prev, n0), n0(prev)] }", tmp_path)
    assert list(spec.cells["two"].edges.items()) == [("n0", ("prev",)), ("n1", ("prev", "n0"))]


def test_losses_are_weighted_sums(tmp_path):
    spec = spec_of(
        """sdhs 1
        network net {
          input x : real[3, 8, 8]
          aux = x
          output logits = x
        }
        dataset cifar10 {}
        retrain net on cifar10 {
          epochs = 1 batch = 1 weights = sgd(0.1) stems = relu
          loss = cross_entropy(logits, 0.1) + 2 / 5 * cross_entropy(of = aux)
        }
        """,
        tmp_path,
    )
    losses = [(x.weight, x.of, x.options["label_smoothing"]) for x in spec.retrain.loss]
    assert losses == [(1.0, "logits", 0.1), (0.4, "aux", 0.0)]


def test_broken_declarations_are_named_and_bring_no_more_errors(tmp_path):
    found, resolved = codes(
        """sdhs 1
        neuron lif { decay = 3 }
        candidates few { skip = identity }
        cell one { nodes = 2 candidates = few neuron = lif }
        cell two like one { nodes = 3 }
        trellis path { cell = one layers = 2 }
        genotype one { n0 = skip(prev) }
        path path = [5]
        """,
        tmp_path,
    )
    assert found == ["SG0208"]
    assert {name for _, name in resolved.broken.names} == {"lif", "one", "two", "path"}
    assert not resolved.broken.incomplete
    assert list(resolved.spec.candidates) == ["few"]
    assert (resolved.spec.cells, resolved.spec.trellises) == ({}, {})


def test_syntax_and_name_errors_are_reported_together(tmp_path):
    found, resolved = codes(
        """sdhs 1
neuron lif { decay = }
candidates few { skip = identity }
cell one { nodes = 2 candidates = few neuron = lif }
cell two { nodes = 2 candidates = fev neuron = lif }
""",
        tmp_path,
    )
    assert found == ["SG0106", "SG0202"]
    assert resolved.broken.excuses("neuron", "lif")


def test_many_like_of_much_are_refused_and_not_written_out(tmp_path):
    text = "sdhs 1\ncandidates big {\n" + "".join(f"c{i} = conv(3)\n" for i in range(200)) + "}\n"
    text += "".join(f"candidates more{i} like big\n" for i in range(5000))
    found, resolved = codes(text, tmp_path)
    assert found == ["SG0218"]
    assert 50_000 < sum(len(item.body) for item in resolved.file.items) <= MOST_WRITTEN + 5000


def test_long_chains_of_like(tmp_path):
    text = BASE + "".join(f"cell c{i} like c{i + 1}\n" for i in range(5000)) + "cell c5000 like one\n"
    assert len(spec_of(text, tmp_path).cells) == 5002


def test_the_work_of_resolving_is_linear(tmp_path, growth):
    cell = "cell c{0} {{\n  nodes = 3\n  candidates = few\n  neuron = lif\n  keep = 2\n}}\n"
    cell += "trellis t{0} {{\n  cell = c{0}\n  layers = 3\n}}\n"

    def work(count):
        assert len(spec_of(BASE + "".join(cell.format(i) for i in range(count)), tmp_path).trellises) == count

    assert growth(work, 10, 40) < 4.5
