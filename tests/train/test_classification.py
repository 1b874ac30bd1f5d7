"""A classifier from its spec, small enough for seconds: search, snapshots, retraining, evaluation, progress."""

import importlib.util
import json
import re
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from spikegraph.backends.torch import main
from spikegraph.backends.torch import snapshots as progress
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.main import evaluate_run, train_program
from spikegraph.backends.torch.snapshots import retrain_snapshots
from spikegraph.base.errors import DataError, TrainError
from spikegraph.base.progress import Silent
from spikegraph.cli.entry import run as command
from spikegraph.data.image_sources import SMALL_NOTE
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.weights_file import START

from ..data.image_files import coloured_images, write_cifar10
from ..few_images import PLACE, few_images
from ..rounded_results import percent

SPEC = """\
sdhs 1

neuron lif { }
candidates both {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell plain { nodes = 2 candidates = both neuron = lif }
cell smaller like plain { stride = 2 }

network net {
  input image : real[1, 28, 28]
  time = 2
  stem  = image -> stem(3, out = 4, stride = 4)
  cells = stem -> chain([plain, smaller, plain], width = 2)
  aux   = cells[1] -> auxiliary(classes = 10, channels = 4, features = 4)
  output logits = cells -> pool -> linear(10) -> mean(time)
}
dataset cifar10 { augment = [horizontal_flip] }

search net on cifar10 {
  epochs        = 3
  warm_up       = 1
  batch         = 10
  weights       = sgd(lr = 0.05)
  architecture  = adam(lr = 0.5)
  loss          = cross_entropy(logits, label_smoothing = 0.1)
  epoch_samples = 30
  snapshots     = 1
}
retrain net on cifar10 {
  epochs        = 2
  batch         = 10
  weights       = sgd(lr = 0.05)
  loss          = cross_entropy(logits) + 0.4 * cross_entropy(aux)
  epoch_samples = 40
}
profile sample {
  cifar10.source = fashion_mnist_small
}
"""


class Heard(Silent):
    """Collects notices."""

    def __init__(self):
        self.lines = []

    def notice(self, text):
        self.lines.append(text)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A complete run on the sample, and its notices."""
    folder = tmp_path_factory.mktemp("classification")
    spec = folder / "net.sdhs"
    spec.write_text(SPEC)
    heard = Heard()
    path, summary = train_program(Program.read(spec), Settings(seed=1, reporter=heard), out=folder / "run")
    return path, summary, heard.lines


def test_the_sample_is_used_with_a_notice(run):
    _, summary, lines = run
    assert lines[0] == (
        "the data set `cifar10` is missing; using the profile `sample`, "
        'with the small Fashion-MNIST that comes with the package (give the folder with data="DIR")'
    )
    assert f"note: {SMALL_NOTE}" in lines and summary.notes == (SMALL_NOTE,)


def test_what_comes_out(run):
    path, summary, _ = run
    assert summary.complete and summary.evaluation is not None and summary.evaluation.samples == 1000
    assert list(summary.methods()) == ["network", "majority class", "nearest mean"]
    assert summary.baselines["majority class"] == {"accuracy_percent": 10.0}
    assert summary.baselines["nearest mean"]["accuracy_percent"] == pytest.approx(67.1)
    assert evaluate_run(path).metrics == pytest.approx(summary.evaluation.metrics, abs=0.2)  # norms folded: rounding
    assert summary.retrain is not None and set(summary.retrain.losses) == {
        *("loss", "cross_entropy(logits)", "cross_entropy(aux)")
    }


def test_what_bfloat16_changes(run, monkeypatch, capsys):
    found = importlib.util.spec_from_file_location("precision", Path(__file__).parents[2] / "tools" / "precision.py")
    assert found is not None and found.loader is not None
    tool = importlib.util.module_from_spec(found)
    found.loader.exec_module(tool)
    monkeypatch.setattr("sys.argv", ["precision.py", str(run[0])])
    assert tool.main() == 0
    exact, low, share = capsys.readouterr().out.splitlines()
    wanted = evaluate_run(run[0]).metrics["accuracy_percent"]
    assert float(exact.removeprefix("fp32: accuracy_percent ")) == percent(wanted, 1000)  # in other batches
    assert low.startswith("bf16: accuracy_percent ")
    assert 0 < float(share.removeprefix("spikes that differ: ").removesuffix("%")) < 10


class Edits(Silent):
    """Writes another spec into a file at the first step, and deletes it at the second."""

    def __init__(self, path):
        self.path, self.steps = path, 0

    def advance(self, done, numbers=None):
        self.steps += 1
        if self.steps == 1:
            self.path.write_text(SPEC.replace("width = 2", "width = 3").replace("epochs        = 3", "epochs = 9"))
        elif self.steps == 2:
            self.path.unlink()


def test_editing_or_deleting_the_spec_during_a_run_changes_nothing(run, tmp_path):
    spec = tmp_path / "net.sdhs"
    spec.write_text(SPEC)
    path, summary = train_program(Program.read(spec), Settings(seed=1, reporter=Edits(spec)), out=tmp_path / "run")
    assert not spec.exists()
    assert summary.evaluation.metrics == run[1].evaluation.metrics
    for name in ("resolved.sdhs", "genotype.sdhs"):
        assert (path / name).read_text() == (run[0] / name).read_text()


def test_snapshots_are_retrained_at_the_runs_precision(run, tmp_path, monkeypatch):
    path = tmp_path / "run"
    shutil.copytree(run[0], path)
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps({**manifest, "precision": "bf16"}))
    asked = []
    monkeypatch.setattr(progress, "lower", lambda graph, **options: asked.append(options) or lower(graph, **options))
    next(retrain_snapshots(path, epochs=2, data=None, device="cpu", reporter=Silent()))
    assert asked == [{"low": torch.bfloat16}]


def test_snapshots_are_retrained_as_the_run_is(run, tmp_path, monkeypatch):
    """From the weights that it started from, with what it freezes, its rates, and its schedule, of which half is a warm-up."""
    path = tmp_path / "run"
    shutil.copytree(run[0], path)
    resolved, source = path / "resolved.sdhs", load_file(path / "weights.safetensors")
    text, warm_up = resolved.read_text(), "[linear_warm_up(epochs = 1), constant]"
    for key, value in (("rates", "[0.5 * logits]"), ("freeze", "[stem]"), ("schedule", warm_up)):
        text = re.sub(rf"\b{key}( *)= .*", rf"{key}\1= {value}", text)
    resolved.write_text(text)
    shutil.copy(path / "weights.safetensors", path / START)
    models, evaluated = [], progress.evaluate
    optimizers, made = [], progress.weights_optimizer
    rates, given = [], progress.set_learning_rate
    monkeypatch.setattr(progress, "set_learning_rate", lambda optimizer, rate: rates.append(rate) or given(optimizer, rate))
    monkeypatch.setattr(progress, "evaluate", lambda model, *a, **named: models.append(model) or evaluated(model, *a, **named))
    monkeypatch.setattr(progress, "weights_optimizer", lambda *given: optimizers.append(made(*given)) or optimizers[-1])
    next(retrain_snapshots(path, epochs=1, data=None, device="cpu", reporter=Silent()))
    state = models[0].state_dict()
    same = {name: torch.equal(state[name], source[name]) for name in state.keys() & source.keys()}
    assert all(same[name] for name in same if name.startswith("stem."))
    assert not same["logits.linear.weight"]
    names = {id(weight): name for name, weight in models[0].named_parameters()}
    parts = optimizers[0].param_groups
    groups = {group["factor"]: {names[id(w)].partition(".")[0] for w in group["params"]} for group in parts}
    assert groups[0.5] == {"logits"}
    assert "stem" not in groups[1.0]
    assert [rate == max(rates) for rate in rates] == [False, False, True, True]


def test_snapshots_of_every_epoch(run):
    folder = RunFolder(run[0])
    assert folder.snapshot_epochs() == [1, 2, 3]
    texts = [folder.snapshot(epoch).read_text() for epoch in (1, 2, 3)]
    lines = folder.genotype.read_text().splitlines(keepends=True)
    assert texts[2] == "".join(line for line in lines if "margin" not in line)  # of which only the end of the search speaks
    assert texts[0] != texts[2]  # after the warm-up the architecture changes


def test_their_progress(run, capsys):
    path = run[0]
    heard = Heard()
    found = list(retrain_snapshots(path, epochs=1, data=None, device="cpu", reporter=heard))
    assert [m.epoch for m in found] == [1, 2, 3]
    assert all(m.samples == 400 and 0 <= m.metrics["accuracy_percent"] <= 100 and m.loss > 0 for m in found)
    kept = path / "snapshots" / "epoch-0002.retrained-1.json"
    assert json.loads(kept.read_text())["metrics"] == found[1].metrics
    # Existing results are read, not measured again.
    kept.write_text(kept.read_text().replace(str(found[1].metrics["accuracy_percent"]), "77.5"))
    given = ["search-progress", str(path), str(path), "--device", "cpu"]
    assert command([*given, "--json", "-o", str(path / "progress.csv")]) == 0
    assert [best["metrics"] for best in json.loads(capsys.readouterr().out)["best"]] == [
        found[0].metrics,
        {"accuracy_percent": 77.5},
        found[2].metrics,
    ]
    assert (path / "progress.csv").read_text().splitlines()[2].split(",")[0] == "2"
    assert command(given[:2] + given[3:]) == 0
    assert capsys.readouterr().out.splitlines()[2].split() == ["2", "77.5"]


def test_equal_architectures_come_to_the_same(run):
    folder = RunFolder(run[0])
    again = folder.snapshot(4)
    again.write_text(folder.snapshot(1).read_text())
    try:
        found = list(retrain_snapshots(run[0], epochs=1, data=None, device="cpu", reporter=Silent()))
        assert (found[0].metrics, found[0].loss) == (found[3].metrics, found[3].loss)
    finally:
        again.unlink()
        again.with_name("epoch-0004.retrained-1.json").unlink()


def test_a_run_without_snapshots_explains_how_to_get_them(run, tmp_path):
    for name in ("manifest.json", "resolved.sdhs"):
        (tmp_path / name).write_bytes((run[0] / name).read_bytes())
    with pytest.raises(TrainError, match="has no snapshots of its search"):
        list(retrain_snapshots(tmp_path, epochs=1, data=None, device="cpu", reporter=Silent()))


def test_a_search_may_have_a_data_set_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(PLACE, few_images)
    spec = tmp_path / "net.sdhs"
    spec.write_text(
        SPEC.replace("search net on cifar10", "search net on searched")
        .replace("epochs        = 3", "epochs        = 2")
        .replace("profile sample", "dataset searched { source = fashion_mnist_small }\nprofile sample")
    )
    asked = []
    real = main.data_sets

    def data_sets(dataset, *others, **named):
        asked.append(dataset.name)
        return real(dataset, *others, **named)

    monkeypatch.setattr(main, "data_sets", data_sets)
    train_program(Program.read(spec), Settings(), out=tmp_path / "run")
    assert asked == ["cifar10", "searched"]


def test_a_notice_reports_mostly_skips(tmp_path, monkeypatch):
    monkeypatch.setattr(PLACE, few_images)
    spec = tmp_path / "net.sdhs"
    spec.write_text(SPEC.replace("epochs        = 3", "epochs        = 2"))
    heard = Heard()
    from spikegraph.backends.search import supernet

    # An architecture of skips: alpha [edges, candidates] with the second candidate on top.
    skips = {name: [[0.0, 1.0]] * 5 for name in ("plain.alpha", "smaller.alpha")}
    monkeypatch.setattr(supernet, "as_lists", lambda parameters: skips)
    path, _ = train_program(Program.read(spec), Settings(reporter=heard), out=tmp_path / "run")
    warnings = [line for line in heard.lines if line.startswith("warning: ")]
    assert [line.split(";")[0] for line in warnings] == [
        "warning: 4 of the 4 edges of cell `plain` are skips",
        "warning: 4 of the 4 edges of cell `smaller` are skips",
    ]
    assert (path / "genotype.sdhs").read_text().count("# Warning: 4 of the 4 edges") == 2


def test_without_a_sample_the_folder_is_wanted(tmp_path):
    spec = tmp_path / "net.sdhs"
    spec.write_text(SPEC.split("profile sample", maxsplit=1)[0].replace("real[1, 28, 28]", "real[3, 32, 32]"))
    with pytest.raises(DataError, match="the data set `cifar10` is missing"):
        train_program(Program.read(spec), Settings(), out=tmp_path / "run")
    with pytest.raises(DataError, match="it has no folder cifar-10-batches-py"):
        train_program(Program.read(spec), Settings(), data=tmp_path, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_cifar_images_go_through_the_whole(tmp_path):
    write_cifar10(tmp_path / "data", *coloured_images())
    spec = tmp_path / "net.sdhs"
    spec.write_text(SPEC.replace("real[1, 28, 28]", "real[3, 32, 32]").replace("epochs        = 3", "epochs        = 2"))
    path, summary = train_program(Program.read(spec), Settings(), data=tmp_path / "data", out=tmp_path / "run")
    assert summary.evaluation is not None and summary.evaluation.samples == 5
    assert evaluate_run(path, data=tmp_path / "data").samples == 5
