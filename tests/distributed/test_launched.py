"""SIGTERM, which torchrun sends to all processes once one has ended: it loses no error that is on its way out."""

import os
import signal
import socket
import subprocess
import sys

import pytest

PROGRAM = """
import os, signal
from spikegraph.backends.distributed.launched import launched
from spikegraph.base.errors import TrainError

def terminate():
    os.kill(os.getpid(), signal.SIGTERM)
    print("here", flush=True)

try:
    with launched():
        CASE
except TrainError as error:
    terminate()
    print(error)
"""
CASES = {
    "an error": ("raise TrainError('the reason')", 0, "here\nthe reason\n"),
    "an error that passes a with-block": (
        "import contextlib\n        with contextlib.ExitStack() as stack:\n"
        "            stack.callback(terminate)\n            raise TrainError('the reason')",
        0,
        "here\nhere\nthe reason\n",
    ),
    "no error": ("terminate()", -signal.SIGTERM, ""),
    "an error that was handled": (
        "try:\n            raise TrainError('no reason')\n        except TrainError:\n            pass\n        terminate()",
        -signal.SIGTERM,
        "",
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("forks")
def test_terminated_with(case: str) -> None:
    code, status, printed = CASES[case]
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    environment.pop("TORCHELASTIC_USE_AGENT_STORE", None)
    program = PROGRAM.replace("CASE", code)
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (status, printed), done.stderr
