"""Whole training steps of the bundled specs on `cuda`, where there is no GPU: with fake tensors and the operators of Triton."""

import json
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import torch

from spikegraph.compiled.compiler import NoCompilerError, compiler, run

from ..made_once import made_once
from .waits import CUDA_READS

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "specs"
START = """
import ctypes, sys
for path in sys.argv[1:]:
    assert ctypes.CDLL(path).register_cuda()
from tests.train.traced_steps import serve
serve()
"""
KERNELS = {"spikegraph.steps.default", "spikegraph.steps_backward.default"}
INSTEAD = {f"spikegraph.{name}.default" for name in ("count_spikes", "fire", "leaky_integrate", "lif")}
"""Operators of neurons, those that start kernels of Triton and those that run where there are none."""

OF_TORCH = ("zoo/psn_cifar10", "zoo/psn_net")
"""Specs whose neurons have all time steps at once, so that operations of torch run."""

WITHOUT_NEURONS = ("zoo/darts", "zoo/psmnet")

NAMES = [
    path.relative_to(SPECS).with_suffix("").as_posix() for path in sorted((*SPECS.glob("*.sdhs"), *SPECS.glob("zoo/*.sdhs")))
]
QUICK = ("images",)

Ask = Callable[[str], dict[str, Any]]


def library(path: Path) -> None:
    """Compiles what a torch without CUDA lacks."""
    torch_folder = Path(torch.__file__).parent
    lib = torch_folder / "lib"
    source = Path(__file__).with_name("fake_cuda.cpp")
    flags = ("-std=c++20", "-shared", "-fPIC", f"-I{torch_folder / 'include'}", f"-L{lib}", f"-Wl,-rpath,{lib}")
    run([*compiler(), str(source), "-o", str(path), *flags, "-lc10", "-ltorch_cpu"])


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Generator[Ask]:
    """What a program answers that has the device `cuda`; torch asks for devices when it is loaded, and later never again."""
    try:
        compiler()
    except NoCompilerError as error:
        pytest.skip(str(error))
    made = [] if torch.backends.cuda.is_built() else [made_once(tmp_path_factory, "fake_cuda.so", library)]
    command, pipe = [sys.executable, "-c", START, *map(str, made)], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def answer(question: str) -> dict[str, Any]:
            print(question, file=process.stdin, flush=True)
            found = json.loads(process.stdout.readline())
            assert "error" not in found, found["error"]
            return found

        yield answer
        process.stdin.close()


def test_waiting_is_noticed(ask: Ask) -> None:
    assert ask("waits -") == {"noticed": len(CUDA_READS)}


@pytest.mark.parametrize("spec", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.long) for name in NAMES])
def test_steps(spec: str, ask: Ask) -> None:
    """Neurons and optimizers are those of a GPU, and nothing waits."""
    calls = ask(f"steps {spec}")
    assert any(name.startswith("aten._fused_") for name in calls)
    wanted = {"spikegraph.count_spikes.default"} if spec in OF_TORCH else set[str]() if spec in WITHOUT_NEURONS else KERNELS
    assert calls.keys() & (KERNELS | INSTEAD) == wanted


@pytest.mark.long
@pytest.mark.parametrize("spec", ["images", "zoo/srnn_shd"])
def test_compiled_steps(spec: str, ask: Ask) -> None:
    """The losses are one graph, and their gradients reach the weights."""
    found = ask(f"compiled {spec}")
    assert found["graphs"] == 1
    assert found["spikegraph.steps.default"] > 0
    assert found["gradients"] > 0
