"""SIGTERM, which torchrun sends to all processes once one has ended: it loses no error that is on its way out."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist

from spikegraph.backends.distributed import launched as module
from spikegraph.backends.distributed.launched import launched
from spikegraph.base.errors import TrainError
from spikegraph.cli.entry import run

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


class JoinedError(Exception):
    """The process would join the others now."""


@pytest.mark.parametrize(
    ("gpus", "local", "device", "backend"),
    [(0, 3, None, "gloo"), (4, 3, None, "cpu:gloo,cuda:nccl"), (1, 0, "cuda", "cpu:gloo,cuda:nccl"), (1, 1, "cpu", "gloo")],
)
def test_each_process_takes_its_gpu(
    gpus: int, local: int, device: str | None, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`cuda` without a number is the GPU of the process's number on its machine. Torch's answers are made up."""
    taken = list[object]()

    def join(backend: str, **_: object) -> None:
        taken.append(backend)
        raise JoinedError

    pretend(monkeypatch, gpus, local, taken)
    monkeypatch.setattr(dist, "init_process_group", join)
    with pytest.raises(JoinedError), launched(device):
        pass
    assert taken == [*([local] if backend != "gloo" else []), backend]


def test_a_resumed_run_has_its_device(tmp_path: Path, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    told = list[str | None]()

    def join(device: str | None) -> None:
        told.append(device)
        raise TrainError("enough")

    monkeypatch.setattr("spikegraph.cli.launched.processes", join)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"device": "cpu (a processor)"}))
    for options in ((), ("--device", "cuda")):
        assert run(["compile", "--train", "--out", str(tmp_path), "--resume", *options]) == 3
    assert told == ["cpu", "cuda"]


def test_more_processes_than_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, 2, 2, [])
    with pytest.raises(TrainError) as error, launched():
        pass
    assert str(error.value) == "process 2 of this machine has no GPU: there are 2 (help: --nproc-per-node 2)"


def pretend(monkeypatch: pytest.MonkeyPatch, gpus: int, local: int, taken: list[object]) -> None:
    """A machine with so many GPUs, on which torchrun has started the process of this number."""
    monkeypatch.setattr(module.torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    monkeypatch.setenv("LOCAL_RANK", str(local))
    monkeypatch.delenv("TORCHELASTIC_USE_AGENT_STORE", raising=False)
