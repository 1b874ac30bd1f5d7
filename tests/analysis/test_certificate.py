"""The certificate: what the layers of a deployed network take, and where that isn't spikes."""

from pathlib import Path

import pytest

import spikegraph
from spikegraph.analysis.certificate import certify
from spikegraph.program.program import Program

ROOT = Path(__file__).parents[2]
SPECS, GENOTYPES = ROOT / "specs", ROOT / "specs" / "genotypes"

HEAD = """sdhs 1
neuron lif { decay = 0.25 }
network net {
  input image : real[3, 16, 16]
  time = 2
  first = image -> conv(3, out = 8, bias = false) -> norm -> lif
"""
TAIL = """
  output logits = last -> pool -> linear(10) -> mean(time)
}
"""


def certificate(body, tmp_path, head=HEAD, tail=TAIL):
    path = tmp_path / "net.sdhs"
    path.write_text(head + body + tail, encoding="utf-8")
    return spikegraph.certify(path)


def found(body, tmp_path, **parts):
    """Code, line after the head, operation and layers of each place."""
    at = HEAD.count("\n")
    return [
        (p.code, p.span.line - at, p.node, [name for name, _ in p.taken_by])
        for p in certificate(body, tmp_path, **parts).places
    ]


@pytest.mark.parametrize(("spec", "genotype", "layers"), [("stereo", "stereo", 55), ("cifar10", "cifar10", 49)])
def test_the_main_specs_compute_with_spikes(spec, genotype, layers):
    given = spikegraph.certify(SPECS / f"{spec}.sdhs", genotype=GENOTYPES / f"{genotype}.sdhs")
    assert given.holds
    assert given.places == ()
    assert len(given.spiking) == layers
    stem = "features.stem0" if spec == "stereo" else "stem"
    assert {name.replace("@left", "").replace("@right", "") for name in given.encoding} == {f"{stem}.conv"}


def test_a_bilinear_resizing(tmp_path):
    body = "  large = first -> upsample(mode = bilinear)\n  last = large -> conv(3, out = 8) -> norm -> lif"
    assert found(body, tmp_path) == [("SG1003", 1, "large", ["last.conv"])]


def test_a_pooling_of_real_numbers_is_not_their_cause(tmp_path):
    body = "  real = first -> relu\n  kept = real -> pool(max)\n  last = kept -> pool(avg) -> conv(3, out = 8) -> norm -> lif"
    assert found(body, tmp_path) == [("SG1001", 1, "real", ["last.conv"])]


def test_a_stem_with_relu(tmp_path):
    body = "  stem = image -> conv(3, out = 8) -> norm\n    -> relu\n  last = stem -> conv(3, out = 8) -> norm -> lif"
    assert found(body, tmp_path) == [("SG1001", 2, "stem", ["last.conv"])]


def test_the_stems_of_a_run_are_its_own():
    program = Program.read(SPECS / "cifar10.sdhs", genotype=GENOTYPES / "cifar10.sdhs", overrides=("retrain.stems=relu",))
    (place,) = spikegraph.certify(program).places
    assert (place.code, place.span.line) == ("SG1001", 25)
    assert {name.split(".")[0] for name, _ in place.taken_by} == {"cells[0]", "cells[1]"}
    assert len(place.taken_by) == 6


def test_a_sum_of_potentials_into_a_convolution(tmp_path):
    body = "  a = first -> restore(first, last = membrane)\n  b = first -> restore(first, last = membrane)\n"
    body += "  both = add(a, b)\n  last = both -> conv(3, out = 8) -> norm -> lif"
    assert found(body, tmp_path) == [("SG1001", 3, "both", ["last.conv"])]


def test_an_analog_residual(tmp_path):
    body = "  current = first -> conv(3, out = 8) -> norm\n  sum = add(first, current)\n"
    body += "  last = sum -> conv(3, out = 8) -> norm -> lif"
    assert found(body, tmp_path) == [("SG1001", 2, "sum", ["last.conv"])]
    spiking = body.replace("-> norm\n", "-> norm -> lif\n", 1)
    assert found(spiking, tmp_path) == []


def test_the_cause_is_found_behind_a_concatenation_of_spikes_and_numbers(tmp_path):
    body = "  real = first -> relu\n  joined = concat(first, real)\n"
    body += "  last = joined -> conv(3, out = 8) -> norm -> lif"
    assert found(body, tmp_path) == [("SG1001", 1, "real", ["last.conv"])]


def test_two_layers_without_a_neuron_between_them(tmp_path):
    body = "  current = first -> conv(3, out = 8) -> norm\n  last = current -> conv(3, out = 8) -> norm -> lif"
    assert found(body, tmp_path) == [("SG1001", 1, "current.conv", ["last.conv"])]


def test_sums_of_spikes_are_counts(tmp_path):
    body = "  sum = add(first, first, first)\n  last = sum -> conv(3, out = 8) -> norm -> lif"
    assert found(body, tmp_path) == []


def test_constant_factors_count_only_where_weights_take_them_in(tmp_path):
    body = "  last = first"
    given = certificate(body, tmp_path)
    assert (given.encoding, given.spiking, given.holds) == (("first.conv",), ("logits.linear",), True)
    for ends in ("linear(10) -> linear(10) -> mean(time)", "mean(time) -> linear(10)"):  # one layer; a mean over time
        assert found(body, tmp_path, tail=f"\n  output logits = last -> pool -> {ends}\n}}\n") == []
    rectified = "\n  output logits = last -> pool -> relu -> linear(10) -> mean(time)\n}\n"
    assert found(body, tmp_path, tail=rectified) == [("SG1001", 2, "logits.relu", ["logits.linear"])]


def test_interpolation_counts_only_between_encoding_and_outputs(tmp_path):
    head = HEAD.replace("image -> conv", "image -> upsample(mode = bilinear) -> conv")
    tail = "\n  output maps = last -> conv(1, out = 2) -> upsample(mode = bilinear)\n}\n"
    assert found("  last = first", tmp_path, head=head, tail=tail) == []
    into_neuron = "  last = first -> conv(3, out = 8) -> upsample(mode = bilinear) -> lif"
    assert found(into_neuron, tmp_path) == [("SG1003", 1, "last.upsample", [])]


def test_norms_that_stay(tmp_path):
    twice = "  current = first -> conv(3, out = 8)\n  normed = current -> norm\n  last = add(normed, current) -> lif"
    assert found(twice, tmp_path) == [("SG1002", 2, "normed", [])]
    alone = "  last = first -> relu -> norm -> lif"
    (place,) = certificate(alone, tmp_path).places
    assert place.summary == "`last.norm` can't be folded into a convolution: `last.relu` has no weights"


def test_a_norm_stays_because_of_another_use_of_the_weights(tmp_path):
    body = "  block tied(v) { weights = shared  return v -> conv(3, out = 8, bias = false) }\n"
    body += "  a = first -> tied -> norm -> lif\n  last = a -> tied -> norm -> lif"
    places = certificate(body, tmp_path).places
    first = HEAD.count("\n") + 2
    assert [(p.code, p.node, p.span.line) for p in places] == [("SG1002", "a.norm", first), ("SG1002", "last.norm", first + 1)]
    path = places[0].span.file
    assert [p.summary for p in places] == [
        "`a.norm` can't be folded into a convolution: `tied@use2.conv`, another use of the same weights "
        f"({path}:{first + 1}:15), doesn't lead to this norm alone",
        "`last.norm` can't be folded into a convolution: `tied@use.conv`, another use of the same weights "
        f"({path}:{first}:16), doesn't lead to this norm alone",
    ]
    assert places[0].help == "put the norm into the block behind `conv`, or write `weights = own`"


@pytest.mark.parametrize("norm", ["norm(kind = instance)", "norm(kind = layer)", "norm(per = step)"])
def test_norms_of_samples_and_of_time_steps_stay(norm, tmp_path):
    (place,) = certificate(f"  last = first -> conv(3, out = 8) -> {norm} -> lif", tmp_path).places
    assert (place.code, place.span.line) == ("SG1002", HEAD.count("\n") + 1)
    assert place.summary.endswith("only a batch norm that is the same at every time step can be")


def test_products_of_spikes_and_attention_take_spikes(tmp_path):
    body = "  q = first -> conv(1, out = 8) -> norm -> lif\n"
    body += "  last = attend(q, q, q, heads = 2) -> lif -> conv(1, out = 8) -> norm -> lif"
    given = certificate(body, tmp_path)
    assert given.holds
    assert "last.attend" in given.spiking
    analog = body.replace("  last", "  k = first -> conv(1, out = 8)\n  last").replace("attend(q, q, q", "attend(k, k, q")
    (place,) = certificate(analog, tmp_path).places
    assert (place.code, place.node) == ("SG1004", "last.attend")
    assert place.summary == "`last.attend` multiplies real[8, 16, 16] of `k` by real[8, 16, 16] of `k`"


def test_integer_spikes_are_counts_and_neurons_that_never_fire_are_not(tmp_path):
    body = "  last = first -> conv(3, out = 8) -> lif(levels = 4) -> conv(3, out = 8) -> norm -> lif"
    assert found(body, tmp_path) == []
    silent = body.replace("levels = 4", "fires = false")
    assert [(code, line) for code, line, *_ in found(silent, tmp_path)] == [("SG1001", 1)]


def test_all_layers_of_an_input_are_encoding_layers(tmp_path):
    body = "  again = image -> pool(avg) -> conv(3, out = 8) -> norm -> lif\n  last = add(first -> pool(max), again)"
    given = certificate(body, tmp_path)
    assert given.holds
    assert given.encoding == ("first.conv", "again.conv")


def test_a_layer_that_takes_spikes_and_an_input(tmp_path):
    body = "  last = concat(first, image) -> conv(3, out = 8) -> norm -> lif"
    assert found(body, tmp_path) == [("SG1001", -2, "image", ["last.conv"])]


def test_the_weights_of_a_block_are_reported_once(tmp_path):
    body = "  block half(x) {\n    s = x -> relu\n    return s -> conv(3, out = 8) -> norm -> lif\n  }\n"
    body += "  last = half(half(first))"
    assert [(code, line) for code, line, _, _ in found(body, tmp_path)] == [("SG1001", 2)]


def test_a_certificate_is_of_the_deployed_graph(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(HEAD + "  last = first" + TAIL)
    program = spikegraph.load(path)
    assert certify(program.build("deploy").plain).holds
    assert certify(program.build("deploy").plain).encoding == ("first.conv",)
    assert certify(program.build("retrain").plain).encoding == ("first.conv", "first.norm")  # a norm is a layer until it folds
