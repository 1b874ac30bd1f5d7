"""What repeats a run bit for bit: each row of the table in `docs/determinism.md`."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from spikegraph.backends.torch.main import evaluate_run, train_program
from spikegraph.backends.torch.native import build
from spikegraph.backends.torch.train.seeding import ERROR, WARN, reproducible
from spikegraph.base.errors import RunFolderError, TrainError
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.record import read_run
from spikegraph.runs.repeated import compared

from ..data.image_files import coloured_images, write_cifar10

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "determinism.md"

SPEC = """\
sdhs 1
neuron lif { }
candidates both {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell plain { nodes = 1 candidates = both neuron = lif }
network net {
  input image : real[3, 32, 32]
  time = 2
  stem  = image -> stem(3, out = 8, stride = 2)
  output logits = stem -> chain([plain], width = 8) -> pool -> linear(10) -> mean(time)
}
dataset cifar10 { augment = [horizontal_flip] }
search net on cifar10 {
  epochs = 1  warm_up = 0  batch = 5
  weights = sgd(lr = 0.05)  architecture = adam(lr = 0.5)  loss = cross_entropy(logits)
}
retrain net on cifar10 { epochs = 1  batch = 5  weights = adam(lr = 0.05)  loss = cross_entropy(logits) }
"""


@dataclass
class Runs:
    """Makes runs of one spec, one thread if nothing else is said."""

    folder: Path

    def make(self, name: str, *overrides: str, threads: int = 1, data: str = "data", **changes: Any) -> Path:
        settings = Settings(**{"seed": 1, "threads": threads, **changes})
        program = Program.read(self.folder / "net.sdhs", overrides=overrides)
        return train_program(program, settings, data=self.folder / data, out=self.folder / name)[0]

    def same(self, first: Path, second: Path) -> bool:
        """Whether two runs have the same weights, summary, genotype and journal, bit for bit."""
        return all(result.difference is None for result in compared(read_run(first), read_run(second)))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("determinism")
    (folder / "net.sdhs").write_text(SPEC)
    images, labels = coloured_images()
    write_cifar10(folder / "data", images, labels)
    return Runs(folder)


@pytest.fixture(scope="module")
def once(runs: Runs) -> Path:
    """A run on one thread."""
    return runs.make("once")


@pytest.fixture
def without_kernels(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Native kernels are switched off."""
    monkeypatch.setenv(build.SWITCH, "0")
    build._attempt.cache_clear()  # pyright: ignore[reportPrivateUsage]
    yield
    monkeypatch.undo()
    build._attempt.cache_clear()  # pyright: ignore[reportPrivateUsage]


def refused(runs: Runs, run: Path, **changes: Any) -> tuple[str, ...]:
    """What differs, by name, when an unfinished copy of a run is resumed otherwise."""
    summary = RunFolder(run).summary
    text = summary.read_text()
    summary.write_text(json.dumps({**json.loads(text), "complete": False}))
    try:
        with pytest.raises(RunFolderError) as caught:
            runs.make(run.name, resume=True, **changes)
    finally:
        summary.write_text(text)
    return tuple(line.partition(":")[0] for line in caught.value.details)


def test_nothing(runs: Runs) -> None:
    assert runs.same(runs.make("two", threads=2), runs.make("two again", threads=2))


def test_elsewhere(runs: Runs, once: Path) -> None:
    images, labels = coloured_images()
    write_cifar10(runs.folder / "copy", images, labels)
    assert runs.same(once, runs.make("elsewhere", data="copy"))


def test_workers(runs: Runs, once: Path) -> None:
    found = runs.make("workers", "search.workers = 2", "retrain.workers = 1")
    assert runs.same(once, found)


def test_checkpoints(runs: Runs, once: Path) -> None:
    assert runs.same(once, runs.make("saved", save_every=0.0, loggers=("csv", "tensorboard")))


def test_interrupted(runs: Runs, once: Path) -> None:
    from tiny_run import At

    for step in (1, 5):

        def fail() -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            runs.make(f"interrupted{step}", save_every=0.0, reporter=At(step, fail))
        assert runs.same(once, runs.make(f"interrupted{step}", resume=True))


def test_evaluation(once: Path) -> None:
    first, second = (evaluate_run(once) for _ in range(2))
    assert (first.metrics, first.firing_rates, first.confusion) == (second.metrics, second.firing_rates, second.confusion)


def test_threads(runs: Runs, once: Path) -> None:
    """The numbers differ, unless the run is deterministic."""
    two = runs.make("threads", threads=2)
    assert not runs.same(once, two)
    assert refused(runs, two, threads=1) == ("threads",)
    before = torch.get_num_threads()
    found: list[Path] = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(runs.make(f"deterministic{threads}", threads=None, deterministic=True))  # pyright: ignore[reportArgumentType]
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert runs.same(*found)
    held = RunFolder(found[1]).read_manifest()
    assert (held.threads, held.deterministic) == (1, True)
    assert refused(runs, found[1]) == ("deterministic",)


@pytest.mark.native
def test_kernels(runs: Runs, once: Path, without_kernels: None) -> None:
    off = runs.make("off")
    assert not runs.same(once, off)
    assert refused(runs, once) == ("native kernels",)
    assert runs.same(off, runs.make("off again"))


def test_instructions(runs: Runs, once: Path) -> None:
    """A processor with fewer instructions, as torch sees it in a process with this variable."""
    if torch.backends.cpu.get_cpu_capability() == "DEFAULT":
        pytest.skip("this processor has none of the instructions that can be switched off")
    text = RunFolder(once).summary.read_text()
    RunFolder(once).summary.write_text(json.dumps({**json.loads(text), "complete": False}))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ATEN_CPU_CAPABILITY": "default"}
    command = [sys.executable, "-m", "spikegraph", "compile", "--train", "--out", str(once), "--resume"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    RunFolder(once).summary.write_text(text)
    assert done.returncode == 3
    there = torch.backends.cpu.get_cpu_capability()
    assert f"  instructions: the run's {there}, now DEFAULT (other rounding; use a processor like the run's)\n" in done.stderr


def test_versions(runs: Runs, once: Path) -> None:
    path = RunFolder(once).manifest
    text = path.read_text()
    versions = json.loads(text)["versions"]
    path.write_text(json.dumps({**json.loads(text), "versions": {**versions, "torch": "2.0", "numpy": "1.0"}}))
    try:
        assert refused(runs, once) == ("torch", "numpy")
    finally:
        path.write_text(text)


def test_precision(runs: Runs, once: Path) -> None:
    first, second = (runs.make(name, precision="bf16") for name in ("bf16", "bf16 again"))
    assert runs.same(first, second)
    assert not runs.same(once, first)
    assert refused(runs, once, precision="bf16") == ("precision",)


def test_cuda_graph(runs: Runs, once: Path) -> None:
    """On the CPU there is none, and what a run says of it is compared."""
    with pytest.raises(TrainError, match="CUDA graphs need a CUDA device, and the device is `cpu`"):
        runs.make("captured", cuda_graph=True)
    path = RunFolder(once).manifest
    text = path.read_text()
    path.write_text(json.dumps({**json.loads(text), "cuda_graph": True}))
    try:
        assert refused(runs, once) == ("CUDA graphs",)
    finally:
        path.write_text(text)


def test_seed(runs: Runs, once: Path) -> None:
    assert not runs.same(once, runs.make("seed", seed=2))
    assert refused(runs, once, seed=2) == ("seed",)


def test_data(runs: Runs, once: Path) -> None:
    images, labels = coloured_images()
    images[7, 3, 3, 0] ^= 1
    write_cifar10(runs.folder / "other", images, labels)
    assert refused(runs, once, data="other") == ("data",)


def test_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation without a deterministic kernel is refused with the option, and warned of without it."""
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    with reproducible(torch.device("cuda")):
        assert torch.get_deterministic_debug_mode() == WARN
    message = "upsample_backward does not have a deterministic implementation, but you set ..."
    with pytest.raises(TrainError) as caught, reproducible(torch.device("cuda"), 1, strict=True):
        assert torch.get_deterministic_debug_mode() == ERROR
        raise RuntimeError(message)
    assert caught.value.summary == "upsample_backward does not have a deterministic implementation on cuda"
    assert caught.value.help == "leave out --deterministic, or use --device cpu"
    with pytest.raises(RuntimeError, match="something else"), reproducible(torch.device("cpu")):
        raise RuntimeError("something else")


ROWS: dict[str, Callable[..., None]] = {
    "nothing": test_nothing,
    "it is interrupted or killed, and resumed": test_interrupted,
    "the number of processes that load data (`workers`)": test_workers,
    "how often it saves checkpoints; loggers": test_checkpoints,
    "the folders of the run and of the data": test_elsewhere,
    "`evaluate` is repeated": test_evaluation,
    "the number of threads, which is smaller beside busy processes": test_threads,
    "compiled kernels are switched off or on": test_kernels,
    "the processor, or the instructions that torch uses": test_instructions,
    "versions of torch, numpy, Python or spikegraph": test_versions,
    "`--precision`": test_precision,
    "`--cuda-graph`": test_cuda_graph,
    "the device: a GPU in place of the CPU": test_gpu,
    "`--seed`": test_seed,
    "the data": test_data,
}
"""The rows of the table, with the test of each."""


def test_every_row_of_the_table_has_a_test() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("| what changes |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| ([^|]+?) \|", table.partition("\n")[2].partition("\n")[2], re.MULTILINE) == list(ROWS)


def test_the_help_of_seed_names_the_page() -> None:
    from spikegraph.cli.compile import command

    (seed,) = (p for p in command.params if p.name == "seed")
    text = getattr(seed, "help", "")
    assert text.startswith(
        "Set the random seed; the same seed, data, versions, processor and number of threads repeat a run bit for bit "
        "(docs/determinism.md)."
    )
