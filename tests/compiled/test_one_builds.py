"""Several processes that start at once compile once; the lock dies with its owner."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from spikegraph.compiled.lock import StillLockedError, locked

pytestmark = pytest.mark.native

ROOT = Path(__file__).parents[2]

LOAD = """
import sys
from pathlib import Path
from spikegraph.compiled.compiler import NoCompilerError
from spikegraph.compiled.library import Recipe, load
try:
    print(load(Recipe({Path(sys.argv[1]): ()}, flags=("-fPIC",))).seven())
except NoCompilerError as error:
    print(error)
"""

COMPILE = 'echo "$@" >> {log}; sleep 1; exec g++ "$@"'
"""A compiler that notes its calls."""


def start(folders: Path) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folders / "tmp")}
    command = [sys.executable, "-c", LOAD, str(folders / "seven.cpp")]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def compiling(folders: Path) -> str:
    """What the process that compiles says."""
    native = folders / "cache" / "spikegraph" / "native"
    return f"note: compiling the native kernels for this processor, once, in {native}; it takes up to a minute\n"


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def test_six_starts_compile_once(recipe, folders: Path, compiler) -> None:
    compiler(COMPILE.format(log=folders / "log"))
    processes = [start(folders) for _ in range(6)]
    said = [process.communicate() for process in processes]
    assert [out for out, _ in said] == ["7\n"] * 6
    steps = (folders / "log").read_text().splitlines()
    assert len(steps) == 2  # one compiles, one links
    native = folders / "cache" / "spikegraph" / "native"
    waits = f"note: another process compiles the native kernels in {native}; waiting for it\n"
    assert Counter(err for _, err in said) == {waits: 5, compiling(folders): 1}


def test_starts_at_once_fail_once(recipe, folders: Path, compiler) -> None:
    """With a compiler that hangs, each would wait for its time limit, one after the other."""
    compiler(f"echo call >> {folders}/log; while [ ! -e {folders}/go ]; do sleep 0.05; done; echo broken >&2; exit 1")
    owner = start(folders)
    wait_for(folders / "log")
    others = [start(folders) for _ in range(2)]
    for other in others:
        assert other.stderr is not None
        assert "waiting for it" in other.stderr.readline()
    (folders / "go").touch()
    assert [process.communicate()[0] for process in (owner, *others)] == ["`c++` failed with status 1: broken\n"] * 3
    assert (folders / "log").read_text() == "call\n"
    # A later start tries again.
    compiler('exec g++ "$@"')
    assert start(folders).communicate() == ("7\n", compiling(folders))
    assert start(folders).communicate() == ("7\n", "")


def test_an_owner_that_is_killed_holds_nobody_up(recipe, folders: Path, compiler) -> None:
    script = f'[ -e {folders}/second ] && exec g++ "$@"; touch {folders}/first; exec sleep 1000'
    compiler(script)
    owner = start(folders)
    wait_for(folders / "first")
    (folders / "second").touch()
    other = start(folders)
    assert other.stderr is not None
    assert "waiting for it" in other.stderr.readline()
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    assert other.communicate()[0] == "7\n"
    # The killed build's folder is gone.
    assert not list(folders.glob("cache/**/*.build"))


def test_an_interrupt_ends_the_compilers(recipe, folders: Path, compiler) -> None:
    compiler(f"echo $$ > {folders}/number; touch {folders}/started; sleep 1000")
    owner = start(folders)
    wait_for(folders / "started")
    owner.send_signal(signal.SIGINT)
    assert owner.communicate()[0] == ""
    assert owner.returncode == -signal.SIGINT
    assert not Path(f"/proc/{(folders / 'number').read_text().strip()}").exists()
    assert not list(folders.glob("cache/**/*.build"))


def test_a_lock_that_is_held_too_long(tmp_path: Path) -> None:
    said: list[str] = []
    with (
        locked(tmp_path / "lock", 1, lambda: said.append("first")) as waited,
        pytest.raises(StillLockedError, match=r"another process holds .*lock for more than 0.2 s"),
        locked(tmp_path / "lock", 0.2, lambda: said.append("second")),
    ):
        pass
    assert (waited, said) == (False, ["second"])
    with locked(tmp_path / "lock", 0.2, lambda: said.append("third")) as waited:
        assert not waited
    assert said == ["second"]
