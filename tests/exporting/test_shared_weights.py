"""A run whose network shares a convolution between two norms: whatever loads or exports it gives what was trained."""

import json
import re

import pytest
import torch
from run_folders import run_folder
from safetensors.torch import load_file

import spikegraph
from spikegraph.backends.torch.train.checkpoint import weights_content
from spikegraph.cli.entry import run as command

pytestmark = pytest.mark.unchecked

SPEC = """\
sdhs 1

neuron lif { }
network net {
  input image : real[1, 28, 28]
  time = 2
  block tied(v) { weights = shared  return v -> conv(3, out = 8, bias = false) }
  s = image -> conv(3, out = 8, stride = 4) -> norm -> lif
  a = s -> tied -> norm -> lif
  b = a -> tied -> norm -> lif
  output logits = b -> pool(max, kernel = 2, stride = 2) -> flatten -> linear(10) -> mean(time)
}
dataset fashion { source = fashion_mnist_small }
retrain net on fashion {
  epochs = 1  batch = 50  epoch_samples = 200
  weights = adam(lr = 0.01)  loss = cross_entropy(logits)
}
"""
ALONE = SPEC.replace("tied(v) { weights = shared", "tied(v) { weights = own")
NEURONS = ("s", "a", "b")


@pytest.fixture
def folder(tmp_path):
    """A run with weights and statistics that aren't the initial ones."""
    path = run_folder(tmp_path / "run", SPEC)
    weights = load_file(path / "weights.safetensors")
    generator = torch.Generator().manual_seed(1)
    for name, tensor in weights.items():
        if name.endswith("running_var"):
            tensor.copy_(0.2 + torch.rand(tensor.shape, generator=generator))
        else:
            tensor.add_(0.4 * torch.randn(tensor.shape, generator=generator))
    (path / "weights.safetensors").write_bytes(weights_content(weights))
    return path


def images():
    return torch.randn(4, 1, 28, 28, generator=torch.Generator().manual_seed(2))


def values(model, x):
    """Spikes of all neurons in float64, in the plain form, and the result of the form that runs."""
    plain = spikegraph.backends.torch.lowering.lower(model.plain).eval()
    plain.load_state_dict(model.state_dict())
    with torch.no_grad():
        found, _ = plain.double().run({"image": x.double()}, wanted=(*NEURONS, "logits"))
        return [found[name] for name in NEURONS], found["logits"], model(x)


def test_load_run_gives_the_trained_network(folder):
    spikes, exact, result = values(spikegraph.load_run(folder, phase="retrain"), images())
    for model in (spikegraph.load_run(folder), spikegraph.load_run(folder, phase="deploy")):
        found = values(model, images())
        assert all(0.02 < s.mean() < 0.98 for s in spikes)
        assert all(torch.equal(one, other) for one, other in zip(spikes, found[0], strict=True))
        torch.testing.assert_close(found[1], exact, rtol=0, atol=1e-9)
        torch.testing.assert_close(found[2], result, rtol=1e-4, atol=1e-4)


def test_streaming_and_exported_files_give_the_trained_network(folder, tmp_path, capsys):
    _, _, result = values(spikegraph.load_run(folder, phase="retrain"), images())
    for format in ("safetensors", "torch"):
        capsys.readouterr()
        assert command(["export", str(folder), "--to", format, "-o", str(tmp_path / format)]) == 0
        assert capsys.readouterr().err == f"wrote {tmp_path / format}\n"
    with torch.no_grad():
        torch.testing.assert_close(spikegraph.load_deployed(tmp_path / "safetensors")(images()), result, rtol=1e-4, atol=1e-4)
        stream = spikegraph.load_run(folder).stream()
        steps = [stream.step({"image": images()})["logits"] for _ in range(2)]
        torch.testing.assert_close(steps[-1], result, rtol=1e-4, atol=1e-4)
        module = torch.export.load(tmp_path / "torch").module()
        state = [torch.zeros(4, 8, 7, 7)] * 3 + [torch.zeros(4, 10), torch.zeros(4)]
        _, *state = module(images(), *state)
        logits, *_ = module(images(), *state)
        torch.testing.assert_close(logits, result, rtol=1e-4, atol=1e-4)


def test_nir_refuses_the_norms_that_stay(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert command(["export", str(folder), "--to", "nir", "-o", str(tmp_path / "net.nir")]) == 1
    text = capsys.readouterr().err
    assert re.findall(r"resolved.sdhs:(\d+):(\d+): error\[SG1101\]: (.*) \(at (.*)\)", text) == [
        (str(line), "20", f"NIR has no batch norm, and `{at}` can't be folded: `{other}`, another use of the same weights "
         f"({folder}/resolved.sdhs:{place}), doesn't lead to this norm alone", at)
        for line, at, other, place in ((9, "a.norm", "tied@use2.conv", "10:12"), (10, "b.norm", "tied@use.conv", "9:12"))
    ]  # fmt: skip
    assert "help: put the norm into the block behind `conv`, or write `weights = own`" in text
    assert not (tmp_path / "net.nir").exists()


def test_check_says_which_norms_stay(folder, capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert command(["check", str(folder / "resolved.sdhs"), "--spiking"]) == 1
    printed = capsys.readouterr()
    text = printed.out + printed.err
    assert [int(line) for line in re.findall(r":(\d+):20: error\[SG1002\]", text)] == [9, 10]
    assert text.count("another use of the same weights") == 2


@pytest.mark.parametrize("spec", [SPEC, ALONE], ids=["shared", "own"])
def test_evaluate_tells_what_folding_changes(spec, tmp_path, capsys):
    """With the shared convolution one norm alone folds, that of `s`."""
    from spikegraph.backends.torch.main import train_program
    from spikegraph.program.program import Program
    from spikegraph.program.run_settings import Settings

    (tmp_path / "net.sdhs").write_text(spec)
    run = train_program(Program.read(tmp_path / "net.sdhs"), Settings(seed=1), out=tmp_path / "run")[0]
    capsys.readouterr()
    assert command(["evaluate", str(run), "--device", "cpu", "--folding", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["metrics"]["accuracy_percent"] == pytest.approx(found["retrain"]["metrics"]["accuracy_percent"], abs=0.5)
    assert set(found["neurons"]) == set(NEURONS)
    assert sum(of["differing"] for of in found["neurons"].values()) <= 1e-4 * sum(
        of["places"] for of in found["neurons"].values()
    )
