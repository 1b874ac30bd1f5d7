"""`--resume --force` with what doesn't fit the checkpoint changes nothing, and says what doesn't fit."""

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_run
from same_run import assert_same_run
from tiny_run import ADAM, SGD, At, job, retrain_run, search_run, stereo_graph, train

from spikegraph.base.errors import Interrupted, RunFolderError
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.convolution import Conv

pytestmark = pytest.mark.usefixtures("one_thread")

HELP = "undo what differs, or start a new run in another folder"


def wider(choice: str | None) -> Graph:
    """The network with six channels in place of four."""

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        if isinstance(node.op, Conv) and node.op.out == 4:
            return out.change(node, operands, node.op.model_copy(update={"out": 6}))
        return out.keep(node, operands)

    return stereo_graph(choice).rewrite(rule)


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def stopped(folder: Path, steps: int) -> None:
    """A run that was interrupted after a number of steps."""
    with pytest.raises(Interrupted):
        train(job(folder, reporter=At(steps, lambda: os.kill(os.getpid(), signal.SIGINT))))


RETRAINING, SEARCHING = tiny_run.SEARCH_STEPS + 3, 3
SHAPE = "belongs to another model: size mismatch for features.stem.conv.weight"
STATE = "doesn't fit this run: the state of parameter 0 has no `{}`; its optimizer was another one"


@pytest.mark.parametrize(
    ("steps", "changes", "file", "what"),
    [
        (RETRAINING, {"graph": wider}, "weights", SHAPE),
        (RETRAINING, {"retrain": retrain_run(weights=SGD)}, "checkpoints/retrain.newest", STATE.format("momentum_buffer")),
        (SEARCHING, {"search": search_run(weights=ADAM)}, "checkpoints/search.newest", STATE.format("exp_avg")),
    ],
    ids=["channels", "optimizer", "search"],
)
def test_nothing_changes(steps: int, changes: dict[str, object], file: str, what: str, whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    stopped(folder, steps)
    before, told = content(folder), []
    forced = job(folder, resume=True, force=True, text="sdhs 1\nother = 1\n", **changes)
    forced.settings.reporter.notice = told.append  # type: ignore[method-assign]
    with pytest.raises(RunFolderError) as caught:
        train(forced)
    error = caught.value
    assert error.summary.startswith(f"{folder} can't be resumed, not even with --force: {folder / file}.safetensors {what}")
    assert error.help == HELP
    now = "now `other = 1` (another run; leave out SPEC, --profile and --set)"
    assert error.details == (f"spec: the run's nothing (line 2 of resolved.sdhs), {now}",)
    assert told == []
    assert content(folder) == before
    train(job(folder, resume=True))
    assert_same_run(folder, whole)


def test_a_spec_in_another_layout_is_no_other_spec(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    stopped(folder, RETRAINING)
    before = (folder / "manifest.json").read_bytes(), (folder / "resolved.sdhs").read_bytes()
    train(job(folder, resume=True, text="\n# as somebody wrote it\nsdhs 1"))
    assert ((folder / "manifest.json").read_bytes(), (folder / "resolved.sdhs").read_bytes()) == before
    assert_same_run(folder, whole)


def test_a_complete_run_too(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    before = content(folder)
    with pytest.raises(RunFolderError, match="not even with --force"):
        train(job(folder, resume=True, force=True, text="sdhs 1\nother = 1\n", graph=wider))
    assert content(folder) == before


def test_what_fits_is_continued(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    stopped(folder, RETRAINING)
    longer = replace(retrain_run(), epochs=3)
    assert train(job(folder, resume=True, force=True, text="sdhs 1\nother = 1\n", retrain=longer)).complete
    assert (folder / "resolved.sdhs").read_text() == "sdhs 1\nother = 1\n"
