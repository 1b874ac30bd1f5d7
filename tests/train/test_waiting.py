"""Threads that wait sleep soon while others use the cores; the threads that compute, and so the numbers, stay the same."""

import ctypes
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest
import torch

from spikegraph.backends.torch.native.build import openmp
from spikegraph.backends.torch.train import waiting
from spikegraph.backends.torch.train.waiting import Team, short_waits
from spikegraph.base.shared_cores import Usage

needs_libgomp = pytest.mark.skipif("libgomp" not in str(openmp()), reason="torch has another OpenMP library")
pytestmark = needs_libgomp


@pytest.fixture
def two_threads() -> Generator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def tasks() -> set[str]:
    return {path.name for path in Path("/proc/self/task").iterdir()}


SLEEPS = """
import ctypes, sys, time
from pathlib import Path
import torch
from spikegraph.backends.torch.native.build import openmp
from spikegraph.backends.torch.train.waiting import Team

def tasks():
    return {path.name for path in Path("/proc/self/task").iterdir()}

def sleeps(task):
    status = Path(f"/proc/self/task/{task}/status").read_text()
    return int(status.partition("\\nvoluntary_ctxt_switches:")[2].split()[0])

torch.set_num_threads(2)
before = tasks()
x = torch.zeros(1 << 16).add_(1)
(worker,) = tasks() - before
team = Team(ctypes.CDLL(str(openmp())), 2)
x.add_(1)
count = sleeps(worker)
for _ in range(50):
    x.add_(1)
    time.sleep(0.0005)
found = sleeps(worker) - count
team.end()
print(found, float(x[0]))
"""
"""Prints how often the second thread of an operation gives up its core by itself, in 50 operations with pauses of 0.5 ms."""


def test_with_a_team_the_waiting_thread_sleeps_between_operations() -> None:
    """A thread that spins for long gives up its core only after milliseconds without an operation.

    In a process of its own: in this one, other tests have started threads, and which of them computes isn't known.
    """
    ended = subprocess.run([sys.executable, "-c", SLEEPS], capture_output=True, text=True, check=True)
    sleeps, number = ended.stdout.split()
    assert int(sleeps) >= 45
    assert float(number) == 52


def test_a_team_ends_with_its_threads(two_threads: None) -> None:
    torch.zeros(1 << 16).add_(1)
    before = tasks()
    team = Team(ctypes.CDLL(str(openmp())), 2)
    assert len(tasks() - before) >= 2
    team.end()
    for _ in range(100):
        if tasks() <= before:
            break
        time.sleep(0.01)
    assert tasks() <= before


def test_the_team_comes_and_goes_with_the_others(monkeypatch: pytest.MonkeyPatch, two_threads: None) -> None:
    """Two threads on two cores; by turns others use 0.3, 0.5, 0.3, 0.1 and 0.5 cores."""
    others = iter([0.3, 0.5, 0.3, 0.1, 0.5])
    events: list[str] = []

    class Told:
        def __init__(self, library: ctypes.CDLL, threads: int) -> None:
            events.append(f"made beside {threads}")

        def end(self) -> None:
            events.append("ended")

    class Stop:
        def wait(self, seconds: float) -> bool:
            assert seconds == waiting.EVERY_S
            if usage.left == 0:
                return True
            usage.left -= 1
            return False

    class Measured:
        left = 5

        def others_since(self, before: object) -> float:
            found = next(others)
            events.append(f"others {found}")
            return found

    usage = Measured()
    monkeypatch.setattr(waiting, "Team", Told)
    monkeypatch.setattr(waiting, "affinity", lambda: {0, 1})
    monkeypatch.setattr(Usage, "now", classmethod(lambda cls: usage))
    waiting._watch(ctypes.CDLL(None), 2, Stop())  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    assert events == [
        *("others 0.3", "others 0.5", "made beside 2", "others 0.3", "others 0.1", "ended"),
        *("others 0.5", "made beside 2", "ended"),
    ]


@pytest.mark.parametrize(
    ("threads", "environment", "watches"),
    [(2, {}, True), (1, {}, False), (2, {"OMP_WAIT_POLICY": "passive"}, False), (2, {"GOMP_SPINCOUNT": "100"}, False)],
)
def test_who_has_chosen_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, threads: int, environment: dict[str, str], watches: bool
) -> None:
    called: list[int] = []
    monkeypatch.setattr(waiting, "_watch", lambda library, count, ended: called.append(count))
    with short_waits(threads, environment):
        pass
    assert called == ([threads] if watches else [])
