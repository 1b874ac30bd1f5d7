"""TensorBoard's own reader reads what was logged."""

from pathlib import Path

import pytest

from spikegraph.loggers.tensorboard import TensorBoard

from .recorded import CURVES, killed_and_resumed, step

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_a_resumed_run_has_no_point_twice(journal, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    killed_and_resumed(lambda: journal(TensorBoard()))
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    found = {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    assert found == {tag: [(at, pytest.approx(value)) for at, value in curve] for tag, curve in CURVES.items()}


def test_its_file_is_named(journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own writer failed in a thread, which printed a traceback."""
    board = TensorBoard()
    with pytest.raises(OSError, match="No space left on device") as caught, journal(board) as opened:
        monkeypatch.setattr(board._records, "_writer", open("/dev/full", "wb", buffering=0))  # noqa: PTH123, SIM115
        step(opened, 1, 1, 1.0)
    assert caught.value.filename == str(board.path)
    board._records._writer.close()
