"""Asks the process of `forked.py` for a fork, and stands for it: passes signals on, and ends as the fork ends.

Needs little of Python's library: this file is what a script of a few lines, which takes the place of `python`, imports.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Mapping, Sequence

LENGTH = struct.Struct("!I")
STATUS = struct.Struct("!i")
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


def asked(
    server: str, words: Sequence[str], folder: str, environment: Mapping[str, str], descriptors: Sequence[int]
) -> socket.socket:
    """The connection to the fork that runs a program; its input, output and errors are these descriptors."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(server)
    content = json.dumps({"words": words, "cwd": folder, "env": dict(environment)}).encode()
    socket.send_fds(connection, [LENGTH.pack(len(content))], descriptors)
    connection.sendall(content)
    return connection


def status_from(connection: socket.socket) -> int:
    """The exit status of the fork when it has ended, negative after a signal."""
    data = connection.recv(STATUS.size, socket.MSG_WAITALL)
    return STATUS.unpack(data)[0] if data else -signal.SIGKILL


def main(server: str, python: str) -> None:
    """Does what `python WORDS...` does, with the words of this process.

    Other options than `-u` are left to a Python of its own.
    """
    words = sys.argv[1:]
    environment = dict(os.environ)
    if words[:1] == ["-u"]:
        environment["PYTHONUNBUFFERED"] = "1"
        del words[0]
    if not words or (words[0].startswith("-") and words[0] not in ("-m", "-c")):
        os.execv(python, [python, *sys.argv[1:]])
    connection = asked(server, words, os.getcwd(), environment, (0, 1, 2))  # noqa: PTH109 (pathlib takes longer than all of this)
    for number in PASSED_ON:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: connection.sendall(bytes([number])))
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    status = status_from(connection)
    if status < 0:
        signal.signal(-status, signal.SIG_DFL) if -status != signal.SIGKILL else None
        os.kill(os.getpid(), -status)
    os._exit(status)
