"""Python programs as forks of one process that has imported the backend, so that a test that starts some pays for them once.

A fork has the arguments, environment, folder and exit status of a program of its own. Variables that are read when torch is
loaded are those of the first process, but for OMP_NUM_THREADS. In a fork `sys.executable` makes forks too.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

if __name__ == "__main__":
    from forked_program import LENGTH, STATUS, asked, status_from
else:
    from .forked_program import LENGTH, STATUS, asked, status_from

ROOT = Path(__file__).parents[1]
SCRIPT = """#!{python} -IS
import sys
sys.path.insert(0, {folder!r})
from forked_program import main
main({server!r}, {python!r})
"""


def python(*words: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """What `python WORDS...` does: `-m MODULE`, `-c CODE` or a file, then its arguments.

    Returns:
        The exit status, negative after a signal, and what the program wrote.
    """
    arguments = [str(word) for word in words]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, Path(os.devnull).open() as nothing:
        files = (nothing.fileno(), out.fileno(), err.fileno())
        server, folder = str(_server()), str(cwd or Path.cwd())
        with asked(server, arguments, folder, os.environ if env is None else env, files) as connection:
            status = status_from(connection)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return subprocess.CompletedProcess(arguments, status, *texts)


def executable() -> str:
    """The path of a program that does what `python` does, by a fork."""
    return str(_server().with_name("python"))


@cache
def _server() -> Path:
    """The socket of the process that forks; it ends with this one."""
    folder = Path(tempfile.mkdtemp(prefix="forks"))
    server, script = folder / "server", folder / "python"
    script.write_text(SCRIPT.format(python=sys.executable, folder=str(Path(__file__).parent), server=str(server)))
    script.chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    command = [sys.executable, __file__, str(server), str(script)]
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"

    def end() -> None:
        process.kill()
        with process:  # which closes its pipes
            shutil.rmtree(folder)

    atexit.register(end)
    return server


def serve(server: str, script: str) -> list[str]:
    """Forks for each connection to a socket, until the standard input ends; returns in a fork, with the words of a program."""
    import spikegraph.backends.torch.evaluated
    import spikegraph.backends.torch.main
    import spikegraph.cli.entry  # noqa: F401

    gc.freeze()  # so that a fork's collections don't copy the memory
    gc.set_threshold(10_000)
    for finalizer in list(weakref.finalize._registry):  # pyright: ignore
        finalizer.atexit = False  # of this process, such as torch's for each of its operators; a fork has its own
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(server)
        listener.listen(64)
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if listener not in ready:
                os._exit(0)
            connection, _ = listener.accept()
            if os.fork() == 0:
                break
            connection.close()
            with suppress(ChildProcessError):  # none is left
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    header, descriptors, _, _ = socket.recv_fds(connection, LENGTH.size, 3)
    told = json.loads(connection.recv(LENGTH.unpack(header)[0], socket.MSG_WAITALL))
    child = os.fork()
    if child:
        wait_for(child, descriptors, connection)
    connection.close()
    sys.executable = script
    become(told["cwd"], told["env"], descriptors)
    return told["words"]


def wait_for(child: int, descriptors: list[int], connection: socket.socket) -> None:
    """Passes signals on to a program, kills it if nobody waits for it any more, and says how it has ended."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (*descriptors, 0, 1, 2):
        os.dup2(nothing, descriptor)
    ended = threading.Event()

    def pass_on() -> None:
        while number := connection.recv(1):
            os.kill(child, number[0])
        if not ended.is_set():
            os.kill(child, signal.SIGKILL)

    threading.Thread(target=pass_on, daemon=True).start()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    ended.set()
    connection.sendall(STATUS.pack(status))
    os._exit(0)


def become(folder: str, environment: dict[str, str], descriptors: list[int]) -> None:
    """Gives this process a folder, an environment, and what it reads and writes."""
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:1] = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(int(environment.get("OMP_NUM_THREADS", 1)))
    if environment.get("PYTHONUNBUFFERED"):
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(write_through=True)


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
    os._exit(status_of(serve(*sys.argv[1:])))
