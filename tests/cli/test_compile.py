import json
import re

import pytest

from spikegraph.ir.json import from_json
from spikegraph.ir.text_parser import parse_graph

SPEC = "specs/stereo.sdhs"
GENOTYPE = ("--genotype", "specs/genotypes/stereo.sdhs")


def test_a_table_of_layers(spikegraph):
    done = spikegraph("compile", SPEC, *GENOTYPE)
    assert (done.status, done.err) == (0, "")
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0] == ["name", "kind", "shape", "parameters"]
    assert lines[1] == ["features.stem0", "spike", "12x260x346", "576"]
    assert "stereo, retrain: 869,763 parameters" in done.out


def test_text_and_json_are_the_same_graph(spikegraph):
    text = spikegraph("compile", SPEC, *GENOTYPE, "--emit", "ir").out
    data = spikegraph("compile", SPEC, *GENOTYPE, "--emit", "json").out
    assert parse_graph(text) == from_json(json.loads(data))


@pytest.mark.parametrize(
    ("phase", "there", "not_there"), [("search", "fan", "cell"), ("retrain", "norm", "mix"), ("deploy", "conv", "norm")]
)
def test_phases(spikegraph, phase, there, not_there):
    done = spikegraph("compile", SPEC, *GENOTYPE, "--phase", phase, "--emit", "ir")
    found = {node.op.name for node in parse_graph(done.out)}
    assert there in found
    assert not_there not in found


def test_the_pipeline_is_printed_and_edited(spikegraph):
    printed = spikegraph("compile", SPEC, *GENOTYPE, "--emit", "passes").out.strip()
    assert printed.startswith("convert-stems{to=lif},bind-genotype,expand-cells,mix{at=membrane},")
    with_default = spikegraph("compile", SPEC, *GENOTYPE, "--emit", "ir").out
    assert spikegraph("compile", SPEC, *GENOTYPE, "--passes", printed, "--emit", "ir").out == with_default
    at_spike = printed.replace("membrane", "spike")
    spikes = spikegraph("compile", SPEC, *GENOTYPE, "--passes", at_spike, "--emit", "ir").out
    assert spikes.count(" = norm_lif(") > with_default.count(" = norm_lif(")


def test_a_wrong_pipeline_is_wrong_usage(spikegraph):
    done = spikegraph("compile", SPEC, *GENOTYPE, "--passes", "bind-genotype,mixx")
    help = "did you mean `mix`? (or load its plug-in: --plugin FILE.py)"
    assert (done.status, done.err) == (2, f"error[SG0601]: no pass is called `mixx`\nhelp: {help}\n")


def test_graphs_between_passes(spikegraph):
    done = spikegraph("compile", SPEC, *GENOTYPE, "--print-after", "bind-genotype")
    assert done.out.startswith("name ")
    head, _, text = done.err.partition("\n")
    assert head == "# after bind-genotype"
    assert "cell" in {node.op.name for node in parse_graph(text)}
    everything = spikegraph("compile", SPEC, *GENOTYPE, "--print-after", "all").err
    printed = spikegraph("compile", SPEC, *GENOTYPE, "--emit", "passes").out
    names = [found.partition("{")[0] for found in printed.strip().split(",")]
    assert re.findall(r"# after ([a-z-]+)", everything) == names


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--print-after", "prunes"), "did you mean `prune`?"),
        (("--print-after", "fold-norm"), "this pipeline doesn't run `fold-norm`"),
        (("--print-after", "all", "--emit", "resolved"), "--print-after can't be combined with --emit resolved"),
        (("--seed", "3"), "--seed needs --train"),
        (("--resume",), "--resume needs --train"),
        (("--checkpoint-every", "10m"), "--checkpoint-every needs --train"),
        (
            ("--train", "--checkpoint-every", "10"),
            "`10` isn't a duration; write a number with a unit, us, ms, s, m or h, such as 10m",
        ),
        (("--train", "--emit", "ir"), "--emit can't be combined with --train"),
        (("--train", "--phase", "retrain"), "--phase can't be combined with --train"),
        (("--emit", "svg"), "'svg' is not one of"),
        (("--seed", "-1", "--train"), "-1"),
    ],
)
def test_wrong_usage(spikegraph, arguments, said):
    done = spikegraph("compile", SPEC, *arguments)
    assert (done.status, done.out) == (2, "")
    assert said in done.err


def test_to_a_file(spikegraph, tmp_path):
    path = tmp_path / "graph.txt"
    done = spikegraph("compile", SPEC, *GENOTYPE, "--emit", "ir", "-o", path)
    assert (done.status, done.out, done.err) == (0, "", f"wrote {path}\n")
    assert path.read_text() == spikegraph("compile", SPEC, *GENOTYPE, "--emit", "ir").out


def test_to_a_folder_that_is_not_there(spikegraph, tmp_path):
    path = tmp_path / "nowhere" / "graph.txt"
    done = spikegraph("compile", SPEC, "-o", path)
    assert (done.status, done.err) == (2, f"error: {path}: No such file or directory\n")


def test_overrides_after_the_profile(spikegraph):
    done = spikegraph("compile", SPEC, *GENOTYPE, "--profile", "sample", "--set", "stereo.planes = 6")
    assert "24x6x87x116" in done.out or "12x6x87x116" in done.out


def test_a_wrong_spec(spikegraph, tmp_path):
    path = tmp_path / "wrong.sdhs"
    path.write_text("sdhs 1\ncell a {\n  nodes = 0\n}\n")
    for emit in ("summary", "resolved", "ir"):
        done = spikegraph("compile", path, "--emit", emit)
        assert (done.status, done.out) == (1, "")
        assert "error[SG0214]" in done.err


def test_a_file_without_a_network(spikegraph):
    done = spikegraph("compile", "specs/genotypes/stereo.sdhs")
    assert done.status == 1
    assert "the spec has no network" in done.err
    resolved = spikegraph("compile", "specs/genotypes/stereo.sdhs", "--emit", "resolved")
    assert resolved.status == 0
    assert "genotype feature" in resolved.out


def test_a_drawing_as_dot(spikegraph, tmp_path):
    path = tmp_path / "stereo.dot"
    done = spikegraph("compile", SPEC, *GENOTYPE, "--emit", "dot", "-o", path)
    assert done.status == 0
    text = path.read_text()
    assert text.startswith("digraph")
    for layer in ("left", "features", "stem1", "volume", "similarity", "disparity"):
        assert f">{layer}" in text
