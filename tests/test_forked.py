"""Forks behave as programs of their own: arguments, folder, environment, output and exit status."""

import json
import signal
import subprocess
import sys

import pytest

from .forked import executable, python

SHOWN = """
import atexit, json, os, sys
atexit.register(print, "at the end")
print(json.dumps([sys.argv, os.getcwd(), os.environ.get("A"), __name__, sys.stdin.read()]))
print("an error", file=sys.stderr)
"""


@pytest.mark.parametrize("how", ["-c", "file"])
def test_a_fork_is_told_what_a_program_is(tmp_path, how):
    (tmp_path / "shown.py").write_text(SHOWN)
    words = ["-c", SHOWN] if how == "-c" else ["shown.py"]
    done = python(*words, "--b", 3, cwd=tmp_path, env={"A": "1"})
    told, last = done.stdout.splitlines()
    assert json.loads(told) == [[words[0], "--b", "3"], str(tmp_path), "1", "__main__", ""]
    assert (last, done.stderr, done.returncode) == ("at the end", "an error\n", 0)


@pytest.mark.parametrize(
    "code",
    ["", "exit(3)", "exit('why')", "exit(None)", "1 / 0", "import os; os.kill(os.getpid(), 9)", "raise KeyboardInterrupt"],
)
def test_its_status_is_that_of_a_program(code):
    done = python("-c", f"import sys\nfrom sys import exit\n{code}")
    alone = subprocess.run([sys.executable, "-c", f"from sys import exit\n{code}"], capture_output=True, text=True, check=False)
    assert done.returncode == (1 if alone.returncode == -signal.SIGINT else alone.returncode)
    assert done.stderr.splitlines()[-1:] == alone.stderr.splitlines()[-1:]


def test_a_module_of_the_folder(tmp_path):
    (tmp_path / "own.py").write_text("import sys\nprint(sys.argv[1:], __name__)\n")
    assert python("-m", "own", "a", cwd=tmp_path).stdout == "['a'] __main__\n"


def test_nothing_stays_of_one_in_the_next():
    assert python("-c", "import sys; sys.modules['left'] = sys; import torch; torch.manual_seed(5)").returncode == 0
    assert python("-c", "import sys; print('left' in sys.modules)").stdout == "False\n"


def started(code, **how):
    """A program that is started as others are, by the path of a `python`."""
    return subprocess.Popen([executable(), "-c", code], stdout=subprocess.PIPE, text=True, **how)


def test_one_that_is_started_reads_and_writes():
    with started("print(input(), flush=True); import os; os._exit(7)", stdin=subprocess.PIPE) as process:
        assert (process.communicate("text\n")[0], process.returncode) == ("text\n", 7)


WAITS = """
import time
print('waits', flush=True)
for _ in range(600):  # a signal that comes just before a sleep is handled behind it
    time.sleep(0.1)
"""
TOLD = f"""
import signal
def end(*_):
    print("told", flush=True)
    exit(5)
signal.signal(signal.SIGTERM, end)
{WAITS}
"""


@pytest.mark.parametrize(
    ("code", "number", "told", "status"),
    [(TOLD, signal.SIGTERM, "told\n", 5), (WAITS, signal.SIGTERM, "", -15), (TOLD, signal.SIGKILL, "", -9)],
)
def test_signals_reach_it(code, number, told, status):
    with started(code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        process.send_signal(number)
        assert process.communicate(timeout=30)[0] == told  # ends when the fork, which has the pipe too, is gone
        assert process.returncode == status


def test_what_it_starts_is_a_fork_too():
    code = "import subprocess, sys; subprocess.run([sys.executable, '-u', '-c', 'import sys; print(\"torch\" in sys.modules)'])"
    with started(code) as process:
        assert process.communicate()[0] == "True\n"


def test_other_options_are_those_of_python():
    command = [executable(), "-I", "-c", "import sys; print('torch' in sys.modules, sys.flags.isolated)"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False 1\n"
