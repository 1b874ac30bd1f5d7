"""The trained network of a run: loaded as it is evaluated, from weights with the names of the model."""

import json
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

import spikegraph
from spikegraph.backends.torch.main import train_program
from spikegraph.base.errors import RunFolderError
from spikegraph.cli.entry import run as command
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder

from ..data.image_files import SMALL_FASHION, read_images
from ..rounded_results import percent

SPEC = """\
sdhs 1

neuron lif { }
candidates one { c3 = conv(3) -> norm -> lif }
cell plain { nodes = 2 candidates = one neuron = lif }
genotype plain {
  n0 = c3(prev2) + c3(prev)
  n1 = c3(prev2) + c3(n0)
}

network net {
  input image : real[1, 28, 28]
  time = 2
  stem  = image -> stem(3, out = 4, stride = 4)
  cells = stem -> chain([plain, plain], width = 2)
  aux   = cells[0] -> auxiliary(classes = 10, channels = 4, features = 4)
  output logits = cells -> pool -> linear(10) -> mean(time)
}
dataset fashion { source = fashion_mnist_small }

retrain net on fashion {
  epochs        = 2
  batch         = 100
  weights       = sgd(lr = 0.1)
  loss          = cross_entropy(logits) + 0.4 * cross_entropy(aux)
  epoch_samples = 500
  dgs at stem { iterations = 2 candidates = 2 spacing = 1 every = 2 lr = 10 }
}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A complete run with a surrogate search, and its summary."""
    folder = tmp_path_factory.mktemp("load_run")
    spec = folder / "net.sdhs"
    spec.write_text(SPEC)
    return train_program(Program.read(spec), Settings(seed=1), out=folder / "run")


def right(model):
    """The test images whose class a model finds, in percent."""
    images = read_images(SMALL_FASHION, [], None, seed=0).test
    found = 0
    with torch.no_grad():
        for first in range(0, len(images), 100):
            samples = [images.sample(k) for k in range(first, first + 100)]
            x = torch.stack([torch.from_numpy(s.inputs["image"]) for s in samples])
            found += int((model(x).argmax(-1) == torch.tensor([int(s.target) for s in samples])).sum())
    return 100 * found / len(images)


def test_a_run_is_loaded_as_it_is_evaluated(run, capsys):
    path, summary = run
    assert command(["evaluate", str(path), "--device", "cpu", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    model = spikegraph.load_run(path)
    assert not model.training
    assert (found["phase"], found["metrics"]) == ("deploy", {"accuracy_percent": percent(right(model), 1000)})
    retrained = spikegraph.load_run(str(path), phase="retrain")
    assert right(retrained) == percent(summary.evaluation.metrics["accuracy_percent"], 1000)


def test_the_deployed_form_has_no_norm_and_the_searched_surrogate(run):
    model = spikegraph.load_run(run[0])
    assert not any(name.endswith("running_mean") for name in model.state_dict())
    assert not any(name.startswith("aux") for name in model.state_dict())
    rounds = [json.loads(line) for line in RunFolder(run[0]).metrics.read_text().splitlines() if '"dgs"' in line]
    assert {entry["neuron"] for entry in rounds} == {"stem"} and rounds[-1]["b"] != 3.0
    for phase in ("deploy", "retrain"):
        assert f"b = {rounds[-1]['b']:g}" in repr(spikegraph.load_run(run[0], phase=phase).stem).splitlines()[1]


def test_the_weights_have_the_names_of_the_model(run):
    state, held = spikegraph.load_run(run[0], phase="retrain").state_dict(), load_file(run[0] / "weights.safetensors")
    assert held.keys() == state.keys()
    assert all(torch.equal(held[name], value) for name, value in state.items())


def test_there_is_no_trained_network_of_a_search(run):
    with pytest.raises(ValueError, match="phase` is 'search'; the choices are `retrain` and `deploy`"):
        spikegraph.load_run(run[0], phase="search")


def test_an_unfinished_run_says_how_to_continue(run, tmp_path, capsys):
    path = tmp_path / "a run"
    shutil.copytree(run[0], path)
    folder = RunFolder(path)
    folder.write_summary(replace(folder.read_summary(), complete=False, retrain=None, evaluation=None))
    line = f"spikegraph compile --train --out '{path}' --resume"
    assert command(["evaluate", str(path), "--device", "cpu"]) == 0
    printed = capsys.readouterr()
    assert f"note: the run isn't complete; continue with `{line}`\n" in printed.err
    assert printed.out.endswith(
        "measured: the deployed form, with norms folded into convolutions, as `load_run(RUN)` returns it. The run's\n"
        "summary is of the retrained form, whose sums are rounded differently; so the last digits may differ.\n"
    )
    with pytest.warns(UserWarning, match="the run isn't complete; continue with `spikegraph compile") as heard:
        spikegraph.load_run(path)
    assert heard[0].filename == __file__
    folder.trained.unlink()
    assert command(["evaluate", str(path), "--device", "cpu"]) == 3
    assert capsys.readouterr().err.endswith(f"error: {path} has no trained network yet\nhelp: continue with `{line}`\n")
    with pytest.raises(RunFolderError, match="has no trained network yet"):
        spikegraph.load_run(path)
    assert command(["show", str(path)]) == 0
    assert f"continue  {line}\n" in capsys.readouterr().out
    assert command(["show", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["resume"] == line
