"""Bars on a terminal, plain lines elsewhere."""

import io
import re

import pytest
from rich.console import Console

from spikegraph.backends.torch.train import progress
from spikegraph.backends.torch.train.progress import Bars, Lines, reporter


class Clock:
    """A clock that only advances when set."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    return made


def test_lines_every_few_seconds(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(every=5)
    lines.start("search 1/2", 100, done=10)
    for step in range(11, 31):
        clock.now += 1
        lines.advance(step, {"loss": step / 7})
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "search 1/2  15/100  1.00/s  1:25 left  loss 2.143",
        "search 1/2  20/100  1.00/s  1:20 left  loss 2.857",
        "search 1/2  25/100  1.00/s  1:15 left  loss 3.571",
        "search 1/2  30/100  1.00/s  1:10 left  loss 4.286",
    ]
    assert "\x1b" not in err


def test_the_end_has_a_line_and_hours_are_shown(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(every=5)
    lines.start("retrain 1/1", 10000)
    clock.now += 5
    lines.advance(5)
    lines.advance(10000)
    assert capsys.readouterr().err.splitlines() == [
        "retrain 1/1  5/10000  1.00/s  2:46:35 left",
        "retrain 1/1  10000/10000  2000.00/s  0:00 left",
    ]


def test_no_bars_off_a_terminal() -> None:
    assert isinstance(reporter(), Lines)


@pytest.mark.parametrize("colour", [True, False])
def test_bars(monkeypatch: pytest.MonkeyPatch, colour: bool) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    screen = io.StringIO()
    bars = Bars(Console(file=screen, force_terminal=True, color_system="standard", width=140))
    bars.start("search 1/2", 4, done=1)
    bars.advance(2, {"loss": 1.5})
    bars.notice("note: [a] word")
    bars.advance(4)
    bars.stop()
    shown = screen.getvalue()
    for part in ("search 1/2", "4/4", "loss 1.5", "/s", "note: [a] word"):
        assert part in shown
    assert (re.search(r"\x1b\[[39]\dm", shown) is not None) == colour
