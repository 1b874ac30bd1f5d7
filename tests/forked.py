"""Python programs as forks of one process that has imported the backend, so that a test that starts some pays for them once.

A fork has the arguments, environment, folder and exit status of a program of its own. Only variables that are read when torch
is loaded, such as OMP_NUM_THREADS, are those of the first process.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


def python(*words: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """What `python WORDS...` does: `-m MODULE`, `-c CODE` or a file, then its arguments.

    Returns:
        The exit status, negative after a signal, and what the program wrote.
    """
    arguments = [str(word) for word in words]
    with tempfile.TemporaryDirectory() as folder:
        asked = {
            "words": arguments,
            "cwd": str(cwd or Path.cwd()),
            "env": dict(os.environ if env is None else env),
            "to": folder,
        }
        first = _first()
        assert first.stdin is not None
        assert first.stdout is not None
        first.stdin.write(json.dumps(asked) + "\n")
        first.stdin.flush()
        status = int(first.stdout.readline())
        out, err = ((Path(folder) / name).read_text(encoding="utf-8") for name in ("out", "err"))
    return subprocess.CompletedProcess(arguments, status, out, err)


@cache
def _first() -> subprocess.Popen[str]:
    """The process that forks; it ends with this one."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, __file__], stdin=pipe, stdout=pipe, text=True, env=environment)

    def end() -> None:
        process.communicate()

    atexit.register(end)
    return process


def serve() -> list[str]:
    """Forks for each line of the standard input; returns in a fork, with the words of its program."""
    import spikegraph.backends.torch.evaluated
    import spikegraph.backends.torch.main
    import spikegraph.cli.entry  # noqa: F401

    gc.freeze()  # so that a fork's collections don't copy the memory
    while line := sys.stdin.readline():
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            become(asked["cwd"], asked["env"], Path(asked["to"]))
            return asked["words"]
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    os._exit(0)


def become(folder: str, environment: dict[str, str], to: Path) -> None:
    """Gives this process a folder, an environment, and files for its output."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:1] = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    for file, flags, descriptor in ((os.devnull, os.O_RDONLY, 0), (to / "out", os.O_WRONLY, 1), (to / "err", os.O_WRONLY, 2)):
        opened = os.open(file, flags | (os.O_CREAT if descriptor else 0))
        os.dup2(opened, descriptor)
        os.close(opened)


def begin(words: list[str]) -> None:
    """Runs the program in this module's place."""
    kind, *rest = words
    if kind == "-m":
        sys.argv = rest
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv = ["-c", *rest[1:]]
        sys.path.insert(0, "")
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = words
        sys.path.insert(0, str(Path(kind).resolve().parent))
        runpy.run_path(kind, run_name="__main__")


def status_of(words: list[str]) -> int:
    """Runs the program and what it wants to be run at its end; returns its exit status.

    Ending the interpreter as well would take longer than most programs, as it clears all modules.
    """
    status = 0
    try:
        begin(words)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 (shown, as the interpreter does)
        sys.excepthook(*sys.exc_info())
        status = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


if __name__ == "__main__":
    os._exit(status_of(serve()))
