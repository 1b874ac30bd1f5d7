"""A run with a surrogate search: its records, its notices, and resuming."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import tiny_run
import torch
from dgs_networks import declared, stereo
from safetensors import safe_open
from tiny_run import At, Job, train

from spikegraph.analysis.dgs import temperatures
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.checkpoint import load_model
from spikegraph.base.errors import CheckpointError, Interrupted, TrainError
from spikegraph.cli.entry import run as run_command
from spikegraph.dsl.spec import Dgs
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.activation import Lif
from spikegraph.runs.folder import RunFolder

pytestmark = pytest.mark.usefixtures("one_thread")

STEPS, ROUND = 4, 3
EPOCHS = 3
ALL_STEPS = EPOCHS * (STEPS + ROUND) + STEPS  # the second block's round follows epoch 2


def blocks() -> tuple[Dgs, ...]:
    """A spec that searches the stem after every epoch, and the last features after every second epoch."""
    return (declared("features.stem", lr=10.0), declared("features", every=2, iterations=STEPS, candidates=2))


def marked(_: str) -> Graph:
    graph = stereo("features.stem")

    def rule(node: Any, operands: Any, out: Any) -> str:
        if not isinstance(node.op, Lif) or node.weights != "features.c3":
            return out.keep(node, operands)
        return out.change(node, operands, notes={"dgs": "features"})

    return graph.rewrite(rule)


def job(folder: Path, dgs: tuple[Dgs, ...] | None = None, **changes: Any) -> Job:
    retrain = tiny_run.retrain_run(epochs=EPOCHS, dgs=blocks() if dgs is None else dgs)
    return tiny_run.job(folder, **{"search": None, "genotype": "c3\n", "retrain": retrain, "graph": marked, **changes})


def told(folder: Path) -> list[dict[str, Any]]:
    lines = RunFolder(folder).metrics.read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "time"} for line in lines]


def tensors_of(path: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(path)


def state_of(path: Path) -> dict[str, Any]:
    with safe_open(path, framework="pt") as file:
        return json.loads(file.metadata()["state"])


def temperatures_of(path: Path) -> dict[str, float]:
    with safe_open(path, framework="pt") as file:
        return json.loads(file.metadata()["temperatures"])


def assert_same_run(first: Path, second: Path) -> None:
    assert told(first) == told(second)
    for file in ("weights.safetensors", "checkpoints/retrain.newest.safetensors"):
        one, other = tensors_of(first / file), tensors_of(second / file)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[k], other[k]) for k in one)
    assert temperatures_of(first / "weights.safetensors") == temperatures_of(second / "weights.safetensors")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dgs") / "run"
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    train(job(folder))
    torch.set_num_threads(before)
    return folder


def test_the_journal_has_every_round(whole: Path) -> None:
    found = [e for e in told(whole) if e["event"] == "dgs"]
    stem = [e for e in found if e["neuron"] == "features.stem"]
    assert [(e["epoch"], e["step"]) for e in stem] == [(1, 7), (2, 7), (3, 7)]
    assert [(e["epoch"], e["step"], e["iterations"]) for e in found if e["neuron"] == "features.c3"] == [(2, 11, 4)]
    assert stem[0]["b_before"] == 3.0
    assert [e["b"] for e in stem[:-1]] == [e["b_before"] for e in stem[1:]]
    for entry in found:
        assert entry["b"] in entry["candidates"]
        assert len(entry["alpha"]) == len(entry["gradient_norm"]) == len(entry["candidates"])
        assert entry["loss"] > 0
        assert entry["mixed_loss"] > 0
        assert all(norm > 0 for norm in entry["gradient_norm"])
    assert found[0]["place"] == "features.stem"
    assert any(e["b"] != e["b_before"] for e in stem)


def test_epochs_have_temperatures_and_gradient_norms(whole: Path) -> None:
    entries = told(whole)
    epochs = [e for e in entries if e["event"] == "epoch"]
    stem = [e["b"] for e in entries if e["event"] == "dgs" and e["neuron"] == "features.stem"]
    assert [e["temperatures"]["features.stem"] for e in epochs] == stem
    assert epochs[0]["temperatures"]["features.c3"] == 3.0
    steps = [e for e in entries if e["event"] == "step"]
    assert len(steps) == EPOCHS * STEPS
    for entry in [*steps, *epochs]:
        assert set(entry["gradient_norms"]) == {"features.stem", "features.c3"}
        assert all(v > 0 for v in entry["gradient_norms"].values())
        assert set(entry["losses"]) == {"loss"}
    first = [e["gradient_norms"]["features.stem"] for e in steps[:STEPS]]
    assert epochs[0]["gradient_norms"]["features.stem"] == pytest.approx(sum(first) / STEPS)


def test_weights_come_with_the_temperatures_and_models_take_them(whole: Path) -> None:
    path = whole / "weights.safetensors"
    found = temperatures_of(path)
    last = {e["neuron"]: e["b"] for e in told(whole) if e["event"] == "dgs"}
    assert found == last
    model = Model(marked(""))
    assert temperatures(model.graph) == dict.fromkeys(found, 3.0)
    load_model(path, model)
    assert temperatures(model.graph) == found
    unmarked = Model(tiny_run.stereo_graph("c3"))
    load_model(path, unmarked)
    stems = [n.op for n in unmarked.graph if n.weights == "features.stem" and isinstance(n.op, Lif)]
    assert [op.neuron.surrogate.b for op in stems] == [found["features.stem"]] * 2


def test_a_checkpoint_of_another_network(whole: Path) -> None:
    with pytest.raises(CheckpointError, match="belongs to another model"):
        load_model(whole / "weights.safetensors", Model(tiny_run.stereo_graph("skip")))


PLACES = (STEPS, STEPS + 1, STEPS + 2, STEPS + 3, 8, 11, 13, 14, 15, 17, 18, 19, 20, ALL_STEPS)


@pytest.mark.parametrize(
    ("save_every", "step"),
    [
        *(pytest.param(0.0, step, marks=() if k % 2 and step != 19 else pytest.mark.long) for k, step in enumerate(PLACES)),
        # Nothing is saved within an epoch: the others resume as one of these does.
        *(pytest.param(1e9, step, marks=() if step in (6, 18, 20) else pytest.mark.long) for step in PLACES),
    ],
)
def test_an_error_at_any_step_then_resume(whole: Path, tmp_path: Path, step: int, save_every: float) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(job(tmp_path / "run", reporter=At(step, fail), save_every=save_every))
    train(job(tmp_path / "run", resume=True, save_every=save_every))
    assert_same_run(tmp_path / "run", whole)


@pytest.mark.parametrize("step", [STEPS, STEPS + 3, 2 * STEPS + ROUND + 4])
def test_a_run_interrupted_in_a_round_is_saved_and_resumed(whole: Path, tmp_path: Path, step: int) -> None:
    reporter = At(step, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(Interrupted, match=r"retrain\.newest"):
        train(job(tmp_path / "run", save_every=1e9, reporter=reporter))
    position = state_of(tmp_path / "run" / "checkpoints" / "retrain.newest.safetensors")["position"]
    within = position["step"] > STEPS
    assert within == (position["round"] is not None)
    train(job(tmp_path / "run", save_every=1e9, resume=True))
    assert_same_run(tmp_path / "run", whole)


def test_without_a_round_the_training_is_that_of_a_run_without_dgs(tmp_path: Path) -> None:
    never = (declared("features.stem", every=100),)
    train(job(tmp_path / "never", dgs=never))
    train(job(tmp_path / "none", dgs=()))
    first, second = (tensors_of(tmp_path / n / "weights.safetensors") for n in ("never", "none"))
    assert all(torch.equal(first[k], second[k]) for k in first)
    assert [e for e in told(tmp_path / "never") if e["event"] == "dgs"] == []


def test_a_round_behind_the_last_epoch_changes_no_weight(tmp_path: Path) -> None:
    last = (declared("features.stem", every=EPOCHS, lr=10.0),)
    train(job(tmp_path / "last", dgs=last))
    train(job(tmp_path / "none", dgs=()))
    first, second = (tensors_of(tmp_path / n / "weights.safetensors") for n in ("last", "none"))
    assert all(torch.equal(first[k], second[k]) for k in first)
    assert len([e for e in told(tmp_path / "last") if e["event"] == "dgs"]) == 1


def test_places_that_are_not_marked_end_the_run_before_it_begins(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"`dgs at features\.c3`"):  # it is marked for `features`
        train(job(tmp_path / "run", dgs=(declared("features.c3"),)))


def test_show_lists_the_temperatures(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["show", str(whole)]) == 0
    stem = [e["b"] for e in told(whole) if e["event"] == "dgs" and e["neuron"] == "features.stem"]
    path = " -> ".join(f"{b:.4g}" for b in (3.0, *stem))
    assert f"features.stem  b {path} in 3 rounds of the surrogate search" in capsys.readouterr().out
    assert run_command(["show", str(whole), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["surrogates"]
    assert [r["b"] for r in found["features.stem"]] == stem
    assert len(found["features.c3"]) == 1
