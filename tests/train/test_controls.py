"""Random architectures beside the searched one: trained as it was, compared, and resumed to the same bits."""

import json
import math
import shutil
import signal
import statistics
from pathlib import Path

import numpy as np
import pytest
import tiny_search
from tiny_search import Told, made, stop_after, train

from spikegraph.backends.search.controls import compared, controls_space, others
from spikegraph.base.errors import Interrupted, TrainError, UntrainableError
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.logger import LoggedRun, Logger
from spikegraph.runs.summary import Evaluation
from spikegraph.runs.trial import TrialPoint, TrialRecord, read_trial
from spikegraph.searches.architecture import Architecture

from ..forked import python

pytestmark = pytest.mark.usefixtures("one_thread")
COUNT = 3


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with controls, without interruption."""
    folder = tmp_path_factory.mktemp("controls")
    train(folder, "darts", controls=COUNT)
    return folder


def kept(folder: Path) -> dict[str, object]:
    """What a run says of its controls, without times."""
    run = RunFolder(folder / "run")
    found: dict[str, object] = {"summary": run.read_summary().controls}
    for path in sorted((folder / "run/controls").rglob("*")):
        if path.suffix in (".sdhs", ".jsonl"):
            lines = path.read_text().splitlines()
            found[str(path.relative_to(folder))] = [line.partition('"event"')[2] or line for line in lines]
        elif path.name == "trial.json":
            record = read_trial(path)
            found[str(path.relative_to(folder))] = (record.points, record.test)
    return found


def test_controls_of_a_run(whole: Path) -> None:
    summary = RunFolder(whole / "run").read_summary()
    assert summary.complete and summary.evaluation is not None and summary.controls is not None
    folders = sorted((whole / "run/controls").iterdir())
    assert [path.name for path in folders] == ["0001", "0002", "0003"]
    own = (whole / "run/genotype.sdhs").read_text().partition("\n\n")[2]
    genotypes = [(path / "genotype.sdhs").read_text().partition("\n\n")[2] for path in folders]
    assert len({own, *genotypes}) == 4
    tests = [json.loads((path / "trial.json").read_text())["test"] for path in folders]
    values = [test["accuracy_percent"] for test in tests]
    assert summary.controls.values == tuple(values)
    value = summary.evaluation.metrics["accuracy_percent"]
    assert summary.controls.gain == pytest.approx(value - statistics.mean(values))
    below = sum(v < value for v in values) + 0.5 * values.count(value)
    assert summary.controls.percentile == pytest.approx(100 * below / 3)
    for path in folders:
        assert not (path / "checkpoints").exists() and not (path / "weights.safetensors").exists()


def test_a_control_is_trained_as_a_run_with_its_genotype(whole: Path, tmp_path: Path) -> None:
    """Its journal and its test are those of a run of its own, bit for bit."""
    from spikegraph.backends.torch.main import train_program

    program = made(tmp_path, "darts").with_genotype(whole / "run/controls/0002/genotype.sdhs")
    settings = Settings(seed=3, save_every=0.0, threads=1)
    _, summary = train_program(program, settings, data=tmp_path / "data", out=tmp_path / "run")
    assert summary.evaluation is not None
    assert read_trial(whole / "run/controls/0002/trial.json").test == summary.evaluation.metrics
    events = [
        [line.partition('"event"')[2] for line in path.read_text().splitlines()]
        for path in (tmp_path / "run/metrics.jsonl", whole / "run/controls/0002/metrics.jsonl")
    ]
    assert [line for line in events[0] if '"test"' not in line] == events[1]


def test_the_run_itself_is_the_one_without_controls(whole: Path, tmp_path: Path) -> None:
    plain = train(tmp_path, "darts")
    assert plain.controls is None
    for name in ("genotype.sdhs", "weights.safetensors"):
        assert (tmp_path / "run" / name).read_bytes() == (whole / "run" / name).read_bytes()
    # Controls of a run that is complete: the run isn't trained again.
    told = Told()
    later = train(tmp_path, "darts", resume=True, controls=COUNT, reporter=told)
    assert later.complete and later.controls == RunFolder(whole / "run").read_summary().controls
    assert {title.removeprefix("validation of ").partition(":")[0] for title in told.titles} == {
        "control 1",
        "control 2",
        "control 3",
        "test",
    }, told.titles
    # Nor where its checkpoints were deleted, which a complete run doesn't need.
    shutil.rmtree(tmp_path / "run" / "checkpoints")
    journal, told = (tmp_path / "run" / "metrics.jsonl").read_text(), Told()
    assert train(tmp_path, "darts", resume=True, controls=1, reporter=told).complete
    assert set(told.titles) == {"test"}
    assert (tmp_path / "run" / "weights.safetensors").read_bytes() == (whole / "run" / "weights.safetensors").read_bytes()
    assert [line for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines() if '"test"' not in line] == [
        line for line in journal.splitlines() if '"test"' not in line
    ]


@pytest.mark.parametrize("step", [50, 66])
def test_interrupted_then_resumed(whole: Path, tmp_path: Path, step: int) -> None:
    with pytest.raises(Interrupted):
        train(tmp_path, "darts", controls=COUNT, reporter=stop_after(step))
    assert (tmp_path / "run/controls").exists()
    assert not RunFolder(tmp_path / "run").read_summary().complete
    train(tmp_path, "darts", resume=True)
    assert kept(tmp_path) == kept(whole)


class FailingLogger(Logger):
    """Ends the start of a run whose manifest is written."""

    def begin(self, run: LoggedRun) -> None:
        raise ValueError("no server")


def test_a_start_that_failed_is_resumed_with_its_controls(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="no server"):
        train(tmp_path, "darts", controls=1, loggers=[FailingLogger()])
    assert not (tmp_path / "run/summary.json").exists()
    with pytest.raises(TrainError, match="no server"):  # another number, and again
        train(tmp_path, "darts", controls=2, resume=True, loggers=[FailingLogger()])
    summary = train(tmp_path, "darts", resume=True)
    assert summary.controls is not None
    assert (summary.controls.asked, len(summary.controls.values)) == (2, 2)


def test_a_control_that_another_version_drew_begins_again(whole: Path, tmp_path: Path) -> None:
    train(tmp_path, "darts")
    begun = tmp_path / "run/controls/0002"
    begun.mkdir(parents=True)
    for name in ("genotype.sdhs", "metrics.jsonl"):
        shutil.copy(whole / "run/controls/0001" / name, begun / name)
    train(tmp_path, "darts", resume=True, controls=COUNT)
    assert kept(tmp_path) == kept(whole)


def test_killed_then_resumed(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole / "data", tmp_path / "data")
    killed = python(tiny_search.__file__, tmp_path, "darts", "--control", COUNT, "--kill", 57)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (tmp_path / "run/controls/0002").exists()
    train(tmp_path, "darts", resume=True)
    assert kept(tmp_path) == kept(whole)


def test_controls_are_different_networks_and_follow_the_seed(tmp_path: Path) -> None:
    """Both inputs of the cell are the stem: n0 has one of three pairs of operations, and n1 too, or one of four with n0.

    So the 48 architectures are 3 * (3 + 4) networks.
    """
    space = controls_space(made(tmp_path, "darts"))
    own = space.draw(np.random.default_rng(0))
    found = others(space, own, 12, 7)
    assert len(set(found)) == 12 and own not in found
    assert found == others(space, own, 12, 7) != others(space, own, 12, 8)
    assert space.size == 48
    assert len(others(space, own, 100, 7)) == 3 * (3 + 4) - 1
    swapped = Architecture(tuple(reversed(own.edges)), own.paths)
    assert own not in others(space, swapped, 100, 7)


def record(metric: str, value: float | None, validation: float | None = None, training: float = 1.0) -> TrialRecord:
    """A control; without a value its training diverged."""
    point = TrialPoint(1.0, None if value is None else training, validation)
    return TrialRecord((point,), 1.0, {} if value is None else {metric: value})


def test_numbers_of_the_comparison() -> None:
    """Intervals by a table of Student's t: 3.182 for 3 degrees of freedom, 12.706 for one."""
    values, validation = (70.0, 74.0, 72.0, 80.0), (-71.0, -75.0, -76.0, -73.0)
    of = [record("accuracy_percent", v, w) for v, w in zip(values, validation, strict=True)]
    found = compared(Evaluation({"accuracy_percent": 74.0}, 100, 1.0), of, 4)
    spread = statistics.stdev(values)
    assert (found.percentile, found.gain) == (62.5, 0.0)
    half = 3.182446 * spread * math.sqrt(1 + 1 / 4)
    assert found.interval == pytest.approx((-half, half), rel=1e-6)
    # The validation, negative since more is better, chooses the third: it doesn't see that the fourth is best on the test set.
    assert (found.best, found.best_gain, found.chosen_by) == (3, 2.0, "validation")
    wide = 3.182446 * spread * math.sqrt(2)
    assert found.best_interval == pytest.approx((2 - wide, 2 + wide), rel=1e-6)
    assert found.test_deviation == pytest.approx(math.sqrt(0.74 * 0.26 / 100) * 100)


def test_a_control_that_diverged_and_errors_that_are_to_be_small() -> None:
    metric = "mean_depth_error_cm"
    of = [record(metric, 5.0, training=0.3), record(metric, None), record(metric, 3.0, training=0.2)]
    found = compared(Evaluation({metric: 4.0}, 10, 1.0), of, 3)
    assert (found.asked, found.metric, found.values, found.gain) == (3, metric, (5.0, None, 3.0), 0.0)
    assert found.percentile == pytest.approx(100 * 2 / 3)
    half = 12.7062 * math.sqrt(2) * math.sqrt(1.5)
    assert found.interval == pytest.approx((-half, half), rel=1e-5)
    assert (found.best, found.best_gain, found.chosen_by, found.test_deviation) == (3, -1.0, "training loss", None)


def test_too_few_controls_are_no_evidence() -> None:
    accuracy = Evaluation({"accuracy_percent": 74.0}, 100, 1.0)
    one = compared(accuracy, [record("accuracy_percent", 70.0)], 1)
    assert (one.percentile, one.gain, one.interval) == (100.0, 4.0, None)
    assert (one.best, one.best_gain, one.best_interval) == (1, 4.0, None)
    none = compared(accuracy, [record("accuracy_percent", None)] * 2, 2)
    assert (none.percentile, none.gain, none.interval, none.best) == (100.0, None, None, None)
    equal = compared(accuracy, [record("accuracy_percent", 70.0)] * 3, 3)
    assert (equal.gain, equal.interval, equal.best_interval) == (4.0, None, None)


def test_as_many_controls_as_the_search_buys(tmp_path: Path) -> None:
    """Three candidates that are trained to the end are three trainings."""
    summary = train(tmp_path, "random(3)", controls=0)
    assert summary.search_cost == summary.search_trainings == 3.0
    assert summary.controls is not None
    assert (summary.controls.asked, len(summary.controls.values), summary.controls.search_trainings) == (3, 3, 3.0)
    validations = [read_trial(tmp_path / f"run/controls/000{k}/trial.json").points[0].validation for k in (1, 2, 3)]
    assert None not in validations
    assert summary.controls.chosen_by == "validation"
    assert summary.controls.best == 1 + validations.index(min(v for v in validations if v is not None))
    # Asked for again, they are there.
    again = train(tmp_path, "random(3)", resume=True, controls=0)
    assert again.controls == summary.controls


def test_without_a_search_there_is_no_cost_to_match(tmp_path: Path) -> None:
    from spikegraph.backends.torch.main import train_program

    program = made(tmp_path, "darts")
    genotype = "sdhs 1\ngenotype plain {\n  n0 = c3(prev2) + c3(prev)\n  n1 = c3(prev) + skip(n0)\n}\n"
    (tmp_path / "found.sdhs").write_text(genotype)
    bound = program.with_genotype(tmp_path / "found.sdhs")
    with pytest.raises(UntrainableError, match="as many random architectures as the search's cost buys") as caught:
        train_program(bound, Settings(controls=0), data=tmp_path / "data", out=tmp_path / "run")
    assert caught.value.help == "write --control random:K, such as random:5"
    assert not (tmp_path / "run" / "manifest.json").exists()


def test_a_network_without_choices_has_no_controls(tmp_path: Path) -> None:
    program = made(tmp_path, "darts")
    text = (tmp_path / "net.sdhs").read_text().replace("stem -> chain([plain], width = 2) ->", "stem ->")
    text = text[: text.index("search net")] + text[text.index("retrain net") :]
    (tmp_path / "net.sdhs").write_text(text)
    from spikegraph.backends.torch.main import train_program
    from spikegraph.program.program import Program

    assert program.spec.search is not None
    line = text[: text.index("retrain net")].count("\n") + 1
    with pytest.raises(UntrainableError) as caught:
        train_program(Program.read(tmp_path / "net.sdhs"), Settings(controls=2), data=tmp_path / "data", out=tmp_path / "run")
    assert caught.value.summary == (
        f"{tmp_path / 'net.sdhs'}:{line}:1: `net` has no open choice, so there are no random architectures to compare with"
    )
    assert caught.value.help == "leave out --control"
    assert not (tmp_path / "run" / "manifest.json").exists()
