"""The first signal requests a stop, the second one stops at once."""

import json
import os
import pty
import signal
import sys
import threading
from pathlib import Path

import pytest
from safetensors import safe_open

from spikegraph.base.errors import Interrupted
from spikegraph.base.interrupt import Interrupt


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_and_second_signal(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with Interrupt() as interrupt:
        assert not interrupt.requested
        os.kill(os.getpid(), number)
        assert interrupt.requested
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_a_terminal_that_is_closed_sends_several_signals() -> None:
    before = signal.getsignal(signal.SIGHUP)
    with pytest.raises(Interrupted) as caught, Interrupt() as interrupt:
        os.kill(os.getpid(), signal.SIGHUP)
        assert interrupt.requested
        os.kill(os.getpid(), signal.SIGHUP)
        raise Interrupted("here")
    assert caught.value.status == 129
    assert signal.getsignal(signal.SIGHUP) is before


def test_nohup_still_works() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupt() as interrupt:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not interrupt.requested
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


CLOSED = """\
import os, sys, time
import tiny_run
from spikegraph.cli.entry import print_failure
from spikegraph.cli.settings import Settings
from spikegraph.base.errors import Interrupted
from spikegraph.base.progress import Bars, reporter

def wait():
    print("ready", flush=True)
    while os.isatty(2):
        time.sleep(0.01)

class Told(Bars):
    def advance(self, done, numbers=None):
        at.advance(done)
        super().advance(done, numbers)

at = tiny_run.At(6, wait)
shown = reporter()
assert isinstance(shown, Bars)
try:
    tiny_run.train(tiny_run.job(sys.argv[1], save_every=1e9, reporter=Told(shown.console)))
except Interrupted as error:
    sys.exit(print_failure(error, Settings()))
"""


def test_a_run_whose_terminal_is_closed_is_saved(tmp_path: Path) -> None:
    run = tmp_path / "run"
    process, terminal = pty.fork()
    if process == 0:
        paths = os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parent)])
        script = CLOSED.replace("sys.argv[1]", f"tiny_run.Path({str(run)!r})")
        os.execve(sys.executable, [sys.executable, "-c", script], os.environ | {"PYTHONPATH": paths, "TERM": "xterm"})
    shown = b""
    while b"ready" not in shown:
        shown += os.read(terminal, 1000)  # raises OSError if the process ends before
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 129, shown
    last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    with safe_open(run / "checkpoints" / "search.newest.safetensors", framework="pt") as file:
        position = json.loads(file.metadata()["state"])["position"]
    assert (position["epoch"] + 1, position["step"]) == (last["epoch"], last["step"]) == (2, 3)


def test_another_thread_leaves_the_signals_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def work() -> None:
        with Interrupt() as interrupt:
            seen.extend((signal.getsignal(signal.SIGINT), interrupt.requested))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before, False]


def test_messages_of_an_interruption() -> None:
    assert str(Interrupted("here")) == "interrupted; saved in here, `--resume` continues"
    assert str(Interrupted(None)) == "interrupted"
