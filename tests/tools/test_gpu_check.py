"""The check for who has a GPU is itself tried on the CPU, with small tensors, whose times say nothing."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ..train.recorded import Recorded

PROGRAM = Path(__file__).parents[2] / "tools" / "gpu-check"


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path}
    return subprocess.run([PROGRAM, *arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu():
    done = check()
    assert done.returncode == 1
    built = "" if torch.version.cuda else ": it is built without CUDA"
    assert done.stderr == f"error: PyTorch finds no GPU here{built}\nhelp: `--offline` compiles kernels without one\n"


def test_a_small_kernel_is_tried_first(monkeypatch, tmp_path, capsys):
    """Where none runs, no time is spent on the tests of all."""
    monkeypatch.syspath_prepend(str(PROGRAM.parent))
    program = importlib.import_module("gpu_check.__main__")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (9, 0))
    monkeypatch.setattr(program.library, "installed", lambda: True)
    monkeypatch.setattr(program.measure, "trial", lambda device, sizes: "RuntimeError: Failed to find C compiler.")
    assert program.main(["-o", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert told.startswith(
        "error: a small kernel doesn't run: RuntimeError: Failed to find C compiler.\nhelp: Triton needs a C"
    )
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (7, 5))
    assert program.main(["-o", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("error: Triton needs compute capability 8.0, and this GPU has 7.5\n")


def test_gradients_are_not_added_up(monkeypatch):
    """A gradient that is added to the last one moves more bytes than the limit counts."""
    monkeypatch.syspath_prepend(str(PROGRAM.parent))
    times = importlib.import_module("gpu_check.times")
    cleared = []

    def watched(channels, device):
        def forward(x):
            cleared.append(x.grad is None)
            return 2 * x

        return forward

    monkeypatch.setattr(times, "_ours", watched)
    sizes = times.Sizes(neurons=(2, 1, 1, 2, 2), runs=2)
    times.timed(times.made("spikegraph", "cpu", sizes, last=False), "cpu", 2)
    assert cleared == [True] * 5


def test_a_launched_step_is_the_step(monkeypatch):
    """On the processor a recorder stands in for CUDA graphs."""
    monkeypatch.syspath_prepend(str(PROGRAM.parent))
    networks = importlib.import_module("gpu_check.networks")
    monkeypatch.setattr("spikegraph.backends.torch.train.step_graph.CudaGraphs", lambda device: Recorded())
    x, found = torch.rand(4, 3), list[torch.Tensor]()
    for graph in (False, True):
        torch.manual_seed(1)
        module = torch.nn.Linear(3, 2)
        run = networks._step(module, lambda module=module: module(x), "cpu", graph=graph)
        for _ in range(3):
            run()
        found.append(module.weight.detach())
    assert torch.equal(*found)


def test_a_gpu_runs_without_a_break(monkeypatch):
    """What is measured is the time between two events; nothing waits before all runs are started."""
    monkeypatch.syspath_prepend(str(PROGRAM.parent))
    times = importlib.import_module("gpu_check.times")
    done = list[str]()

    class Event:
        def __init__(self, *, enable_timing):
            assert enable_timing

        def record(self):
            done.append("event")
            self.number = done.count("run")

        def elapsed_time(self, after):
            assert done[-1] == "wait"
            return 4.0 * (after.number - self.number)

    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: done.append("wait"))
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 7)
    monkeypatch.setattr(times, "WARM", 0.0)
    found = times.timed(lambda: done.append("run"), "cuda", 2)
    assert (found.seconds, found.memory) == (0.004, 7)
    measured = ["event", "run", "event", "run", "event", "wait"]
    assert done == [*["run"] * 3, *measured, *["run"] * 3, "wait"]


@pytest.fixture
def report(monkeypatch):
    monkeypatch.syspath_prepend(str(PROGRAM.parent))
    return importlib.import_module("gpu_check.report")


def said_of(report, folder, text, **more):
    """What is said of a file of tests."""
    (folder / "conftest.py").write_text("def pytest_addoption(parser): parser.addoption('--long', action='store_true')\n")
    (file := folder / "test_kernels.py").write_text(text)
    return report.tested(folder / "tests.txt", [str(file)], **more)


def test_what_failed_is_in_the_files(report, tmp_path):
    text = "def test_triton_sound(): pass\ndef test_triton_broken(): assert 1 == 2\ndef test_other(): assert 0\n"
    tests = said_of(report, tmp_path, text)
    assert tests.status == 1 and tests.summary.startswith("1 failed, 1 passed, 1 deselected")
    assert "test_triton_sound PASSED" in (tmp_path / "tests.txt").read_text()
    report.write(tmp_path, report.Check({"device": "a card"}, tests))
    for name in ("gpu-check.md", "gpu-check.json"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "test_triton_broken" in text and "assert 1 == 2" in text
    assert "This check isn't complete." in (tmp_path / "gpu-check.md").read_text()


def test_tests_that_hang_are_stopped(report, tmp_path):
    text = "import time\ndef test_triton_broken(): assert 1 == 2\ndef test_triton_hangs(): time.sleep(600)\n"
    tests = said_of(report, tmp_path, text, most=10.0)
    assert (tests.status, tests.summary) == (1, "stopped after 0 minutes")
    assert "assert 1 == 2" in tests.failures


@pytest.mark.slow
def test_the_files_that_it_writes(tmp_path):
    done = check("--device", "cpu", "--small", "-o", str(tmp_path))
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "gpu-check.json").read_text(encoding="utf-8"))
    assert found["versions"]["torch"] == torch.__version__
    assert found["complete"] and found["bandwidth"] > 0
    neuron, first, network = found["rows"]
    assert first["title"] == "batch norm and LIF, forward and backward, [2, 2, 16, 32, 32], bfloat16"
    assert neuron["title"] == first["title"] + ", channels last"
    assert network["title"] == "SEW-ResNet-18, a step of training, 1 images of 32 x 32, bfloat16"
    assert {"spikegraph", "SpikingJelly", "snnTorch", "norse", "operations of torch"} == {*neuron["seconds"], *neuron["failed"]}
    assert neuron["seconds"]["spikegraph"] > 0
    assert network["seconds"]["spikegraph"] > network["least"] * 0.1 > 0
    assert network["limit"] == 1.15 * network["least"]
    assert {"spikegraph", "SpikingJelly", "SpikingJelly, channels last"} == {*network["seconds"], *network["failed"]}
    page = (tmp_path / "gpu-check.md").read_text(encoding="utf-8")
    assert "## SEW-ResNet-18, a step of training, 1 images of 32 x 32, bfloat16" in page
    assert page.strip() in done.stdout
    least, limit, ours, *_ = (line.split(" | ") for line in page.splitlines() if line.startswith(("| the l", "| spikegraph")))
    assert (least[2], *limit[2:4]) == ("1", "1.15", "1")
    assert float(ours[3]) == pytest.approx(float(ours[2]) / 1.15, abs=0.01)
