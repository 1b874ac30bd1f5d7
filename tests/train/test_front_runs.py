"""Runs whose search has two objectives: their front, killed and resumed, shown, compared and retrained."""

import json
import re
import shutil
import signal
from pathlib import Path

import pytest
import tiny_search
import torch
from same_run import assert_same_run
from tiny_search import made, stop_after, train

from spikegraph.backends.report.record import Record
from spikegraph.backends.report.sections.front import section
from spikegraph.backends.search.prices import Price
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.initial import initial_model
from spikegraph.backends.torch.train.loader import batches
from spikegraph.backends.torch.train.sampling import Draw
from spikegraph.backends.torch.train.values import values_of
from spikegraph.base.errors import Interrupted, UntrainableError
from spikegraph.cli.entry import run as spikegraph
from spikegraph.data.sets import data_sets
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import CallValue
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.front import read_front
from spikegraph.runs.record import read_run
from spikegraph.runs.summary import Evaluation
from spikegraph.runs.trial import read_trials

from ..forked import python

pytestmark = pytest.mark.usefixtures("one_thread")
METHODS = {
    "random": 'random(5)  objective = [accuracy, energy("cmos-45nm")]',
    "evolution": "evolution(5, share = 0.25)  objective = [accuracy, spikes]",
}


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of each method, without interruption."""
    found = {name: tmp_path_factory.mktemp(name) for name in METHODS}
    for name, folder in found.items():
        train(folder, METHODS[name])
    return found


def files(folder: Path) -> dict[str, bytes]:
    """The files of a front."""
    return {path.name: path.read_bytes() for path in sorted((folder / "run/front").iterdir())}


def test_a_front_has_what_no_other_network_surpasses(wholes: dict[str, Path]) -> None:
    run = RunFolder(wholes["random"] / "run")
    points, trials = read_front(run), read_trials(run)
    assert sorted(files(wholes["random"])) == [*(f"{k:02d}.sdhs" for k in range(1, len(points) + 1)), "front.json", "front.svg"]
    trained = {t.number: p for t in trials if (p := t.record.at(1.0)) is not None}
    values = {number: (-(p.validation or 0.0), p.price or 0.0) for number, p in trained.items()}
    assert len(values) == 5 and all(price > 0 for _, price in values.values())
    worse = {n for n, v in values.items() for w in values.values() if w[0] >= v[0] and w[1] <= v[1] and w != v}
    assert {values[p.candidate] for p in points} == {v for n, v in values.items() if n not in worse}
    assert [(p.values["accuracy"], p.values["energy"]) for p in points] == [values[p.candidate] for p in points]
    for point in points:
        genotype = trials[point.candidate - 1].genotype
        assert genotype is not None and point.genotype.endswith(genotype.removeprefix("sdhs 1\n"))
    summary = run.read_summary()
    assert summary.front == len(points) and summary.complete
    assert summary.cost is not None and summary.cost.chosen in {p.candidate for p in points}


@pytest.mark.parametrize(("method", "step"), [("evolution", 40)])
def test_killed_then_resumed(wholes: dict[str, Path], tmp_path: Path, method: str, step: int) -> None:
    shutil.copytree(wholes[method] / "data", tmp_path / "data")
    killed = python(tiny_search.__file__, tmp_path, METHODS[method], "--kill", step)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (tmp_path / "run/front").exists()
    train(tmp_path, METHODS[method], resume=True)
    assert files(tmp_path) == files(wholes[method])
    assert_same_run(tmp_path / "run", wholes[method] / "run")


def test_interrupted_then_resumed(wholes: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        train(tmp_path, METHODS["evolution"], reporter=stop_after(55))
    train(tmp_path, METHODS["evolution"], resume=True)
    assert files(tmp_path) == files(wholes["evolution"])


def test_what_is_shown(wholes: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = wholes["random"] / "run"
    points = read_front(RunFolder(folder))
    assert spikegraph(["show", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("front "))
    assert re.split(r"  +", lines[at]) == ["front", "accuracy (%)", "energy, cmos-45nm (mJ)", "candidate", "architecture"]
    assert sum("(knee)" in line for line in lines[at + 1 : at + 1 + len(points)]) == 1
    assert spikegraph(["show", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["front"] == json.loads((folder / "front/front.json").read_text())
    assert spikegraph(["runs", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["front"] == len(points)
    found = section([Record.read(folder)])
    assert found is not None
    text = str(found.html())
    assert "Front of the search" in text and text.count("<circle") == 5


def test_the_networks_of_a_front_are_compared(wholes: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = wholes["random"] / "run"
    count = len(read_front(RunFolder(folder)))
    assert spikegraph(["diff", str(folder)]) == 0
    text = capsys.readouterr().out
    heads = re.findall(r"^front (\d+): accuracy \S+ %, energy \S+ mJ \(cmos-45nm\)$", text, re.MULTILINE)
    assert heads == [str(k) for k in range(1, count + 1)]
    assert spikegraph(["diff", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["front"], found["energy_model"], len(found["steps"])) == (count, "cmos-45nm", count - 1)
    assert spikegraph(["diff", str(wholes["random"] / "net.sdhs")]) == 2
    assert "diff takes at least two genotype files or runs, or one run with a front" in capsys.readouterr().err


def test_a_picked_network_is_retrained(wholes: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = wholes["random"] / "run", tmp_path / "picked"
    first = read_front(RunFolder(folder))[0]
    limit = f"energy <= {first.values['energy']!r}"
    assert spikegraph(["compile", str(folder), "--train", "--pick", limit, "--out", str(out), "--device", "cpu"]) == 0
    assert "picked network 1 of " in capsys.readouterr().err
    run = read_run(out)
    assert run.complete and run.manifest.seed == 3 and run.data_folder == read_run(folder).data_folder
    assert run.genotype is not None and run.genotype.splitlines()[-4:] == first.genotype.splitlines()[-4:]
    assert run.summary.retrain is not None and run.summary.front is None
    # Another seed than the candidate's could give another validation; this one repeats it.
    assert run.summary.retrain.validation["accuracy_percent"] == first.values["accuracy"]
    # A picked network starts from what the candidates started from.
    tuned = tmp_path / "tuned"
    shutil.copytree(folder, tuned)
    manifest = json.loads((tuned / "manifest.json").read_text())
    (tuned / "manifest.json").write_text(json.dumps(manifest | {"weights_from": str(out)}))
    again = tmp_path / "again"
    assert spikegraph(["compile", str(tuned), "--train", "--pick", "knee", "--out", str(again), "--device", "cpu"]) == 0
    assert read_run(again).manifest.weights_from == str(out)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["RUN", "--train", "--pick", "best"], "`best` picks no network of a front"),
        (["RUN", "--train", "--pick", "knee", "--seeds", "0-1"], "--seeds can't be combined with --pick"),
        (["RUN", "--train", "--pick", "knee", "--jobs", "2"], "--jobs can't be combined with --pick; it trains one run"),
        (["RUN", "--train", "--pick", "knee", "--force"], "--force can't be combined with --pick; it trains one run"),
        (["SPEC", "--train", "--pick", "knee"], "--pick needs a run whose search had two objectives"),
        (["RUN", "--pick", "knee"], "--pick needs --train"),
    ],
)
def test_what_cannot_be_picked(
    wholes: dict[str, Path], arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"RUN": str(wholes["random"] / "run"), "SPEC": str(wholes["random"] / "net.sdhs")}
    assert spikegraph(["compile", *(places.get(a, a) for a in arguments)]) != 0
    assert text in capsys.readouterr().err


@pytest.fixture
def candidate(tmp_path: Path) -> Program:
    """A network of the space."""
    genotype = "sdhs 1\ngenotype plain { n0 = c3(prev2) + skip(prev)  n1 = c3(prev) + c3(n0) }\n"
    return made(tmp_path, "random(2)").bind(genotype).checked()


def call(name: str, **named: str) -> CallValue:
    return CallValue(name, (), named, Span("net.sdhs", 1, 1, 1, 1))


def test_prices_are_those_of_a_count(candidate: Program, tmp_path: Path) -> None:
    model = initial_model(candidate, "retrain", Settings(seed=1), torch.device("cpu"))
    test = data_sets(candidate.spec.datasets["images"], tmp_path / "data", 1).test
    found = evaluate(model, test, 4, firing_rates=True)
    counted = [0.0]

    def add(name: str, value: torch.Tensor) -> None:
        if model.graph.node(name).op.traits.fires:
            counted[0] += float(value.double().sum())

    model.eval()
    with torch.inference_mode():
        for batch in batches(test, [[Draw(0, k)] for k in range(len(test))], torch.device("cpu"), workers=0, seed=0):
            values_of(model, batch, watch=add)
    assert counted[0] > 0
    assert Price(call("spikes")).of(candidate, model, test, found) == pytest.approx(counted[0] / len(test))
    weights = sum(w.numel() for w in model.weights())
    assert Price(call("parameters")).of(candidate, model, test, found) == weights
    assert Price(call("latency")).of(candidate, model, test, found) > 0


def test_an_energy_model_that_cannot_price_a_network_is_refused_before_training(tmp_path: Path) -> None:
    with pytest.raises(UntrainableError, match="the energy model `loihi` can't price a network of this search"):
        train(tmp_path, "random(3)  objective = [accuracy, energy(loihi)]")
    assert not list((tmp_path / "run/trials").rglob("metrics.jsonl"))


@pytest.mark.parametrize("name", ["energy", "spikes"])
def test_spikes_that_the_validation_does_not_compute_are_no_price(candidate: Program, tmp_path: Path, name: str) -> None:
    """Neurons behind an output without a score have no rates: nothing is known of what they cost."""
    plain = candidate.build("retrain").plain
    *known, last = (node.name for node in plain if node.op.traits.fires)
    found = Evaluation({"accuracy_percent": 50.0}, 10, 1.0, dict.fromkeys(known, 0.25))
    model = initial_model(candidate, "retrain", Settings(seed=1), torch.device("cpu"))
    test = data_sets(candidate.spec.datasets["images"], tmp_path / "data", 1).test
    given = call(name, model="cmos-45nm") if name == "energy" else call(name)
    with pytest.raises(UntrainableError, match=re.escape(f"net.sdhs:1:1: the validation doesn't compute `{last}`")):
        Price(given).of(candidate, model, test, found)


def test_neurons_that_only_a_loss_takes_have_no_price(tmp_path: Path) -> None:
    """An auxiliary classifier isn't deployed, and no validation computes it."""
    text = tiny_search.SPEC.replace("METHOD", "random(2)").replace("VALIDATE", "")
    text = text.replace("out = 4)\n", "out = 4)\n  aux = stem -> auxiliary(classes = 2, channels = 2, features = 2)\n")
    text = text.replace("loss = cross_entropy(logits)", "loss = cross_entropy(logits) + 0.4 * cross_entropy(aux)")
    genotype = "sdhs 1\ngenotype plain { n0 = c3(prev2) + skip(prev)  n1 = c3(prev) + c3(n0) }\n"
    whole = Program.of_text(text, "net.sdhs").bind(genotype).checked()
    bare = made(tmp_path, "random(2)").bind(genotype).checked()
    test = data_sets(whole.spec.datasets["images"], tmp_path / "data", 1).test
    model = initial_model(whole, "retrain", Settings(seed=1), torch.device("cpu"))
    found = evaluate(model, test, 4, firing_rates=True)
    for given in (call("spikes"), call("energy", model="cmos-45nm")):
        price = Price(given)
        assert price.of(whole, model, test, found) == price.of(bare, model, test, found) > 0


def test_a_score_has_the_direction_of_the_first_metric(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task of a plug-in may not say which it is."""
    monkeypatch.setattr("spikegraph.backends.search.trials.higher_is_better", lambda metric: False)
    with pytest.raises(UntrainableError, match="`accuracy_percent` is no `accuracy`"):
        train(tmp_path, "random(3)  objective = [accuracy, parameters]")
