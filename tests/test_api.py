"""The package's two functions: `load` and `compile`."""

import pickle
from pathlib import Path

import pytest
import torch

import spikegraph
from spikegraph.base.errors import PassError
from spikegraph.cli.entry import run
from spikegraph.dsl.diagnostics import SpecError

SPECS = Path(__file__).parents[1] / "specs"
STEREO, PUBLISHED = SPECS / "stereo.sdhs", SPECS / "genotypes" / "stereo.sdhs"


def test_load():
    spec = spikegraph.load(STEREO, overrides=["stereo.planes = 5"])
    assert (spec.name, spec.profile, spec.overrides) == (str(STEREO), None, ("stereo.planes = 5",))
    assert list(spec.spec.networks) == ["stereo"]


def test_a_wrong_spec(tmp_path):
    path = tmp_path / "wrong.sdhs"
    path.write_text("sdhs 1\ncell feature {\n  nodes = 0\n}\n", encoding="utf-8")
    for function in (spikegraph.load, spikegraph.compile):
        with pytest.raises(SpecError) as told:
            function(path)
        assert "SG0214" in {d.code for d in told.value.diagnostics}
    with pytest.raises(SpecError) as told:
        spikegraph.load(tmp_path / "nowhere.sdhs")
    assert [d.code for d in told.value.diagnostics] == ["SG0101"]


def test_the_text_of_an_error_is_what_the_command_line_prints(tmp_path, capsys):
    path = tmp_path / "wrong.sdhs"
    path.write_text("sdhs 1\ncell feature {\n  nodes = 0\n  mixx = spike\n}\n", encoding="utf-8")
    with pytest.raises(SpecError) as told:
        spikegraph.load(path)
    assert run(["check", str(path)]) == 1
    assert f"{told.value}\n" == capsys.readouterr().err
    assert str(told.value).startswith(f"{path}:3:11: error[SG0214]: ")
    assert str(pickle.loads(pickle.dumps(told.value))) == str(told.value)


def test_compile_keeps_the_overrides_and_the_profile_of_what_was_loaded():
    spec = spikegraph.load(STEREO, profile="sample", overrides=("retrain.C = 6", "stereo.planes = 3"))
    model = spikegraph.compile(spec, phase="retrain", genotype=str(PUBLISHED))
    assert model.graph.node("volume").value.shape == (12, 3, 87, 116)


def test_compile_uses_the_loaded_spec_even_if_the_file_changes(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text("sdhs 1\nneuron lif { }\nnetwork net {\n  input x : real[3, 8, 8]\n  output y = x -> stem(3, out = 2)\n}\n")
    spec = spikegraph.load(path)
    path.write_text("sdhs 1\n")
    assert spikegraph.compile(spec).graph.node("y").value.channels == 2
    path.unlink()
    assert spikegraph.compile(spec, phase="search").graph.name == "net"


def test_whole_sequences_and_single_steps():
    torch.manual_seed(0)
    spec = spikegraph.load(STEREO, overrides=("retrain.C = 6", "stereo.planes = 3"))
    model = spikegraph.compile(spec, phase="retrain", genotype=PUBLISHED).to(torch.float64).eval()
    views = [torch.randint(-1, 2, (2, 1, 5, 24, 30)).to(torch.float64) for _ in range(2)]
    with torch.no_grad():
        disparity = model(*views)
        assert disparity.shape == (2, 1, 1, 24, 30)
        stream = model.stream()
        for t in range(2):
            step = stream.step({"left": views[0][t], "right": views[1][t]})["disparity"]
            assert torch.allclose(step, disparity[t], atol=1e-9)
    assert model.graph.name == "stereo"


def test_phases(small):
    made = small(
        "network net {\n  input x : real[3, 8, 8]\n  time = 2\n"
        "  output y = x -> chain([small], width = 2) -> pool -> linear(4) -> mean(time)\n}\n"
        "genotype small {\n  n0 = c3(prev2) + c5(prev)\n  n1 = skip(n0) + c3(prev)\n}\n"
    )
    x = torch.zeros(2, 3, 8, 8)
    sizes = {}
    for phase in ("search", "retrain", "deploy", None):
        model = spikegraph.compile(made.path, phase=phase)
        assert model(x).shape == (2, 4)
        sizes[phase] = sum(p.numel() for p in model.parameters())
    assert sizes["search"] > sizes["retrain"] == sizes[None] > sizes["deploy"]
    assert spikegraph.compile(str(made.path), phase="retrain", bf16=True).low is torch.bfloat16


def test_a_pipeline_of_ones_own(small):
    made = small("network net {\n  input x : real[3, 8, 8]\n  output y = x -> stem(3, out = 2)\n}\n")
    plain = spikegraph.compile(made.path, passes="convert-stems{to=relu},expand-layers")
    assert plain.graph.node("y").op.name == "relu"
    with pytest.raises(PassError, match="no pass is called `nothing`"):
        spikegraph.compile(made.path, passes="nothing")
    with pytest.raises(ValueError, match="a graph of stage space can't be run"):
        spikegraph.compile(made.path, passes="prune")


def test_bundled_architectures_are_compared_by_name():
    names = ("builtin:genotypes/seeds/cifar10-0", "builtin:genotypes/seeds/cifar10-1")
    files = [Path(__file__).parents[1] / "specs" / f"{name.removeprefix('builtin:')}.sdhs" for name in names]
    assert str(spikegraph.diff(*names)) == str(spikegraph.diff(*files))
