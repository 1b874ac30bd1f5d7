"""How much of the cores others use: from the system's counters, as proc(5) describes them, and what follows for threads."""

import os
import subprocess
import sys

import pytest

from spikegraph.base import shared_cores
from spikegraph.base.shared_cores import Usage, chosen, cores, free_cores, threads_for

TICKS = os.sysconf("SC_CLK_TCK")


def stat(tmp_path, **cores):
    """A file of counters in seconds: user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice."""
    path = tmp_path / "stat"
    lines = [f"{name} {' '.join(str(int(value * TICKS)) for value in values)}" for name, values in cores.items()]
    path.write_text("\n".join(["cpu 9 9 9 9 9 9 9 0 0 0", *lines, "intr 1 2 3", "ctxt 4"]) + "\n")
    return path


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(shared_cores, "affinity", lambda: {0, 2})


def test_busy_is_all_but_idle_and_nice_on_our_cores(tmp_path, two_cores):
    path = stat(tmp_path, cpu0=(10, 50, 2, 100, 30, 1, 3, 70, 0, 0), cpu1=[1000] * 10, cpu2=(5, 0, 0, 0, 0, 0, 0.5, 0, 0, 0))
    assert Usage.now(path).busy == pytest.approx(10 + 2 + 1 + 3 + 5 + 0.5)


def test_what_is_not_ours_is_others(tmp_path):
    before, now = Usage(100.0, 50.0, 20.0), Usage(104.0, 57.0, 25.0)
    assert now.others_since(before) == (7 - 5) / 4
    assert Usage(104.0, 51.0, 22.0).others_since(before) == 0  # counted in ticks, ours to the nanosecond
    assert before.others_since(before) == 0


def test_a_system_without_counters(tmp_path):
    before, now = (Usage.now(tmp_path / "none") for _ in range(2))
    assert now.others_since(before) == 0


def test_a_busy_process_is_seen():
    """On the one core that both have, of which we use nothing."""
    core = str(min(shared_cores.affinity()))
    code = f"import os\nos.sched_setaffinity(0, {{{core}}})\nprint(flush=True)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as busy:
        try:
            assert busy.stdout is not None
            busy.stdout.readline()
            before = Usage.now()
            while Usage.now().busy < before.busy + 0.2:
                os.sched_yield()
            assert Usage.now().others_since(before) > 0.05
        finally:
            busy.kill()


@pytest.mark.parametrize(
    ("text", "found"),
    [("max 100000", 2), ("150000 100000", 2), ("100000 100000", 1), ("20000 100000", 1), ("900000 100000", 2), ("", 2)],
)
def test_a_containers_quota(tmp_path, two_cores, text, found):
    path = tmp_path / "cpu.max"
    path.write_text(f"{text}\n")
    assert cores(path) == found
    assert cores(tmp_path / "none") == 2
    assert free_cores(1.75, path) == 0.25  # others' part of the machine, not of the quota


@pytest.mark.parametrize(
    ("free", "wanted", "threads"),
    [
        (2, 2, 2),
        (1.6, 2, 2),
        (1.5, 2, 1),
        (1.0, 2, 1),
        (0.2, 2, 1),
        (-3, 2, 1),
        (16, 8, 8),
        (7.4, 8, 7),
        (7.9, 8, 8),
        (5, 1, 1),
    ],
)
def test_a_thread_for_each_core_that_is_free(free, wanted, threads):
    assert threads_for(free, wanted) == threads


def test_what_somebody_has_chosen():
    assert chosen({"OMP_NUM_THREADS": "2"}) and chosen({"MKL_NUM_THREADS": "1"})
    assert not chosen({"OMP_NUM_THREADS": "", "OMP_WAIT_POLICY": "passive"})
