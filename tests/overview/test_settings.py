"""Settings by path, from the spec with every default."""

from pathlib import Path

import pytest

from spikegraph.overview.listed import differing, read_listed
from spikegraph.program.program import Program
from spikegraph.program.spec_settings import read_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def text():
    return Program.read(ROOT / "specs" / "cifar10.sdhs").text


def test_every_setting_has_the_path_of_set(text):
    found = read_settings(text)
    assert found is not None
    expected = {
        "search.weights": "sgd",
        "search.weights.lr": 0.025,
        "search.architecture.betas": "[0.5, 0.999]",
        "search.warm_up": 15,
        "search.W": 16,
        "retrain.W": 48,
        "retrain.dgs.iterations": 100,
        "retrain.dgs": "cells[5].n0",
        "cifar10.W": 16,
        "cifar10.time": 6,
        "cifar10.source": "cifar10",
        "lif.surrogate.b": 3,
        "lif.detach_reset": "false",
        "normal.keep": 2,
        "conv_or_skip.skip": "identity",
    }
    assert {name: found.values.get(name) for name in expected} == expected
    assert not any(name.startswith("sample.") for name in found.values)


def test_a_text_in_another_layout_is_read_as_a_whole(text):
    other = text.replace("  dgs at cells[5].n0 {", "dgs at cells[5].n0 {").replace("\n  }\n}", "\n}\n}")
    assert "\n}\n}" in other
    assert read_settings(other) == read_settings(text)


def test_a_text_with_errors_has_no_settings(text):
    assert read_settings(text + "cell {") is None


def test_what_a_genotype_means_does_not_depend_on_the_training(text):
    found, other = read_settings(text), read_settings(text.replace("lr = 0.025", "lr = 0.5"))
    assert found is not None
    assert other is not None
    assert found.space == other.space
    assert found.values != other.values
    assert read_settings(text.replace("dspike(b = 5)", "dspike(b = 6)")).space != found.space


def test_a_genotype_means_the_blocks_of_its_candidates():
    blocks = "block {0}(x) {{\n  param k = 3\n  return x -> {1}\n}}\n"
    text = "sdhs 1\n" + "".join(blocks.format(*b) for b in (("inner", "conv(k)"), ("sep", "inner(k = 3)"), ("other", "norm")))
    text += "candidates ops {\n  c3 = sep -> norm\n}\n"
    space = {line: read_settings(text.replace(*line)).space for line in (("", ""), ("x -> conv", "x -> relu -> conv"))}
    assert len(set(space.values())) == 2
    assert read_settings(text.replace("x -> norm", "x -> relu")).space == space["", ""]


def names(make_all):
    return differing(read_listed(make_all))


def test_settings_that_differ(make):
    runs = [make("a", lr=0.1), make("b", lr=0.2), make("c", lr=0.2, precision="bf16")]
    assert names(runs[:2]) == ["search.weights.lr"]
    assert names(runs[:3]) == ["search.weights.lr", "precision"]
    assert names(runs[1:2]) == []


def test_runs_of_several_processes_are_other_runs(make):
    assert names([make("a"), make("b", processes=2, sync_norm=True)]) == ["processes", "sync_norm"]


def test_runs_that_started_from_other_weights_are_other_runs(make):
    runs = [make("a"), make("b", weights_sha256="ab" * 32), make("c", weights_sha256="ab" * 32)]
    assert (names(runs), names(runs[1:])) == (["weights"], [])
    assert [run.values["weights"] for run in read_listed(runs)] == ["none", "abababababab", "abababababab"]


def test_settings_of_different_specs_are_not_compared(make):
    other = make("x", spec="sdhs 1\n\nneuron lif {\n  decay = 0.5\n}\n")
    manifest = (other / "manifest.json").read_text().replace("small.sdhs", "other.sdhs")
    (other / "manifest.json").write_text(manifest)
    assert names([make("a"), other]) == []


def test_arguments_of_another_call_are_not_listed_unless_all_have_them(make):
    adam = make("b", spec=SPEC_ADAM)
    assert names([make("a", lr=0.1), adam]) == ["search.weights", "search.weights.lr"]


SPEC_ADAM = """\
sdhs 1

neuron lif {
  decay = 0.2
}

cell plain {
  nodes = 1
}

search net on images {
  weights = adam(lr = 0.3, betas = [0.9, 0.999])
  loss    = cross_entropy(logits)
  epochs  = 2
}
"""
