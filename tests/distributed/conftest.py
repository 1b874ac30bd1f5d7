"""Starts processes with torchrun, as users do."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..forked import python

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "train")]

from several import HERE, ROOT, SPEC, Start  # noqa: E402 (found in this folder)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the spec."""
    made = tmp_path_factory.mktemp("distributed")
    (made / "net.sdhs").write_text(SPEC)
    return made


@pytest.fixture(scope="session")
def start(folder: Path) -> Start:
    """Runs a command of spikegraph in the folder, in one process or by torchrun."""

    def call(*arguments: object, processes: int = 2, restarts: int = 0, program: tuple[object, ...] = ("-m", "spikegraph")):
        launcher = ("-m", "torch.distributed.run", "--standalone", "--max-restarts", restarts, "--nproc-per-node", processes)
        words = (*(launcher if processes > 1 else ()), *program, *arguments)
        environment = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE", "SPIKEGRAPH_DEBUG")}
        environment |= {"PYTHONPATH": f"{ROOT}{os.pathsep}{HERE.parent / 'train'}", "OMP_NUM_THREADS": "1"}
        environment |= {"TORCH_CPP_LOG_LEVEL": "ERROR", "COLUMNS": "1000"}
        return python(*words, cwd=folder, env=environment)

    return call


@pytest.fixture(scope="session")
def trained(start: Start, folder: Path) -> Callable[..., Path]:
    """Trains the spec once with these options; returns the run's folder."""
    made: dict[tuple[object, ...], Path] = {}

    def call(*options: object, processes: int = 2) -> Path:
        key = (processes, *options)
        if key not in made:
            made[key] = folder / f"run-{len(made)}"
            done = start("compile", "net.sdhs", "--train", "--out", made[key], *options, processes=processes)
            assert done.returncode == 0, done.stderr
        return made[key]

    return call
