"""The process beside the server: it ends with the server, whatever it does, and begins anew once."""

import asyncio
import os
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool

import pytest

from spikegraph.lsp.worker import Worker

SECONDS = 120
"""After so many seconds a process that should have ended never will."""

SLEEPS = [sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(3600)"]
SERVER = f"""
import asyncio, subprocess
from spikegraph.lsp.worker import Worker

if __name__ == "__main__":
    asyncio.run(Worker().call(subprocess.call, {SLEEPS!r}))
"""


def test_it_ends_with_a_server_that_is_killed(tmp_path):
    """What it prints goes to standard error, which ends when no process is left that could write to it."""
    program = tmp_path / "server.py"
    program.write_text(SERVER)
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stderr.readline() == b"begun\n"
        server.kill()
        assert server.communicate(timeout=SECONDS)[0] == b""


def test_it_stops_while_a_function_runs():
    async def stopped():
        worker = Worker()
        await worker.call(os.getpid)
        running = asyncio.create_task(worker.call(time.sleep, 3600))
        await asyncio.sleep(0)
        worker.stop()
        with pytest.raises(BrokenProcessPool):
            await asyncio.wait_for(running, SECONDS)
        with pytest.raises(BrokenProcessPool, match="the process was stopped"):
            await worker.call(os.getpid)

    asyncio.run(stopped())


def test_calls_that_lost_a_process_share_the_next_one():
    async def lost(worker):
        with pytest.raises(BrokenProcessPool):
            await worker.call(os._exit, 1)
        return await worker.call(os.getpid)

    async def both():
        worker = Worker()
        one, other = await asyncio.gather(lost(worker), lost(worker))
        worker.stop()
        return one, other

    one, other = asyncio.run(both())
    assert one == other
