"""Bars on a terminal, plain lines elsewhere."""

import io
import re
from datetime import UTC, datetime

import pytest
from rich.console import Console

from spikegraph.base import progress
from spikegraph.base.progress import Bars, Lines, numbers_text, reporter


class Clock:
    """A clock that only advances when set."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def strftime(self, form: str) -> str:
        return datetime.fromtimestamp(self.now, UTC).strftime(form)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    monkeypatch.delenv("COLUMNS", raising=False)
    return made


def test_lines_every_few_seconds(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(every=5)
    lines.start("search epoch 1/2", 100, done=10, unit="steps")
    for step in range(11, 31):
        clock.now += 1
        lines.advance(step, {"mean_loss": step / 7})
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "00:01:45  search epoch 1/2  15/100 steps  1.00 steps/s  1:25 left  mean loss 2.143",
        "00:01:50  search epoch 1/2  20/100 steps  1.00 steps/s  1:20 left  mean loss 2.857",
        "00:01:55  search epoch 1/2  25/100 steps  1.00 steps/s  1:15 left  mean loss 3.571",
        "00:02:00  search epoch 1/2  30/100 steps  1.00 steps/s  1:10 left  mean loss 4.286",
    ]
    assert "\x1b" not in err


def test_the_end_has_a_line_and_hours_are_shown(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(every=5)
    lines.start("test", 10000)
    clock.now += 5
    lines.advance(5)
    lines.advance(10000)
    assert capsys.readouterr().err.splitlines() == [
        "00:01:45  test  5/10000 samples  1.00 samples/s  2:46:35 left",
        "00:01:45  test  10000/10000 samples  2000.00 samples/s",
    ]


def test_the_rest_of_the_run_and_metrics(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(every=5)
    lines.start("retrain epoch 1/3", 10, unit="steps", after=20)
    clock.now += 5
    lines.advance(5, {"mean_loss": 1.5, "accuracy_percent": 45.625})
    clock.now += 25
    lines.advance(10)
    # An epoch took 30 s, although its last step ended after 10 s: something else took the rest.
    lines.start("retrain epoch 2/3", 10, unit="steps", after=10)
    clock.now += 5
    lines.advance(5)
    assert capsys.readouterr().err.splitlines() == [
        "00:01:45  retrain epoch 1/3  5/10 steps  1.00 steps/s  0:05 left  0:25 left of the run"
        "  accuracy 45.62 %  mean loss 1.5",
        "00:02:10  retrain epoch 1/3  10/10 steps  0.33 steps/s  1:00 left of the run",
        "00:02:15  retrain epoch 2/3  5/10 steps  1.00 steps/s  0:05 left  0:35 left of the run",
    ]


def test_steps_of_another_phase_do_not_count(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(every=5)
    lines.start("search epoch 1/2", 10, unit="steps", after=10, whole="search")
    clock.now += 50
    lines.advance(5)
    lines.start("retrain epoch 1/3", 10, unit="steps", after=20)
    clock.now += 5
    lines.advance(5)
    assert capsys.readouterr().err.splitlines() == [
        "00:02:30  search epoch 1/2  5/10 steps  0.10 steps/s  0:50 left  2:30 left of the search",
        "00:02:35  retrain epoch 1/3  5/10 steps  1.00 steps/s  0:05 left  0:25 left of the run",
    ]


def test_lines_fit_a_narrow_screen(clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = Lines(every=5)
    lines.start("retrain epoch 1/3", 10, unit="steps", after=20)
    clock.now += 5
    lines.advance(5, {"mean_loss": 1.5})
    assert max(map(len, capsys.readouterr().err.splitlines())) <= 40


def test_names_and_units_of_numbers() -> None:
    numbers = {"mean_architecture_loss": 2.0, "mean_depth_error_cm": 12.5, "accuracy_percent": 36.9}
    assert numbers_text(numbers) == "mean depth error 12.5 cm  accuracy 36.9 %  mean architecture loss 2"


def test_no_bars_off_a_terminal() -> None:
    assert isinstance(reporter(), Lines)


@pytest.mark.parametrize("colour", [True, False])
def test_bars(monkeypatch: pytest.MonkeyPatch, colour: bool) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    screen = io.StringIO()
    bars = Bars(Console(file=screen, force_terminal=True, color_system="standard", width=140))
    bars.start("search epoch 1/2", 4, done=1, unit="steps", after=100)
    bars.advance(2, {"loss": 1.5, "accuracy_percent": 36.9})
    bars.notice("note: [a] word")
    bars.advance(4)
    bars.stop()
    shown = screen.getvalue()
    for part in ("search epoch 1/2", "4/4 steps", "accuracy 36.9 %  loss 1.5", "/s", "left of the run", "note: [a] word"):
        assert part in shown
    assert (re.search(r"\x1b\[[39]\dm", shown) is not None) == colour


def test_bars_fit_the_screen() -> None:
    screen = io.StringIO()
    bars = Bars(Console(file=screen, force_terminal=True, color_system=None, width=80))
    bars.start("snapshot 100, epoch 100/100", 10_000, unit="steps", after=1_000_000)
    for done in (1, 2):
        bars.advance(done, {"mean_architecture_loss": 1.5, "mean_loss": 2.5, "accuracy_percent": 36.9})
    bars.stop()
    lines = re.sub(r"\x1b\[[^A-Za-z]*[A-Za-z]", "", screen.getvalue()).replace("\r", "\n").split("\n")
    assert max(map(len, lines)) <= 80
    assert any("2/10000 steps" in line for line in lines)
