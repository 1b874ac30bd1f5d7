"""How the program ends: alone as Python does, as one of several processes without tearing down the interpreter."""

import os
import subprocess
import sys

import pytest

from spikegraph.cli.launched import STARTED_BY

PROGRAM = """
import atexit, sys
from spikegraph.cli.launched import end

class Late:
    def __del__(self):
        print("torn down", file=sys.stderr)

late = Late()
atexit.register(print, "at exit")
print("no line end", end=" ")
end(3)
"""


@pytest.mark.parametrize(("several", "torn_down"), [(False, "torn down\n"), (True, "")])
def test_what_was_printed_and_registered_is_done(several: bool, torn_down: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in STARTED_BY}
    environment |= dict.fromkeys(STARTED_BY, "0") if several else {}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, "no line end at exit\n", torn_down)
