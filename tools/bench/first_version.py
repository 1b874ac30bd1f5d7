"""Compares a search step of the stereo network with the same step in the first correct version of this project.

Each version runs in separate processes from its own checkout.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from importlib import import_module
from pathlib import Path

from measure import Row, Settings, clock_of
from wanted import Wanted

ROOT = Path(__file__).parents[2]
FIRST = "73e2080"
"""The first version that searched, retrained and evaluated correctly."""

CHANGES = ("stereo.planes = 16",)
LATER = ("feature_path.finest = 0", "matching_path.finest = 0", "feature.max_skips = 3", "stereo.step = 2")
"""Settings that make both search the same space; the first version lacks these keys."""


def rows(settings: Settings) -> list[Row]:
    """Seconds of a forward and backward pass; a bilevel step has two."""
    sides = {f"first version ({FIRST})": "first", **{p: p for p in settings.precisions}}
    found: dict[str, list[float]] = {name: [] for name in sides}
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "-C", str(ROOT), "archive", FIRST], capture_output=True, check=False)
        if archive.returncode != 0:
            print(f"left out: {archive.stderr.decode().strip()}", file=sys.stderr)
            return []
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
            files.extractall(folder, filter="data")
        for _ in range(min(settings.runs, 3)):
            for name, side in sides.items():
                found[name].append(seconds(Path(folder) if side == "first" else ROOT, side, settings.threads))
    note = "crop 96 x 132, 16 planes, 8 steps, C = 12, all four levels"
    wanted = dict.fromkeys(list(sides)[1:], Wanted(next(iter(sides)), 0.5))
    return [Row("stereo, forward and backward, search, since the first version", found, note, wanted)]


def seconds(root: Path, side: str, threads: int) -> float:
    """The median time of a step in a fresh process, in seconds."""
    command = [sys.executable, "-W", "ignore", __file__, side, str(threads)]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def measure(side: str, threads: int) -> float:
    """The median time of a step in this process, with the version on the Python path, in seconds."""
    import statistics

    import torch

    from spikegraph.backends.torch.model import Model
    from spikegraph.backends.torch.modules.subpixel import subpixel_cross_entropy

    # The first version had it elsewhere.
    allocator = "spikegraph.backends.torch.allocator" if side == "first" else "spikegraph.base.allocator"
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    import_module(allocator).keep_buffers()
    changes = CHANGES if side == "first" else (*CHANGES, *LATER)
    spec = Path("specs/stereo.sdhs")
    if side == "first":
        driver = import_module("spikegraph.driver")  # the first version's module
        options = driver.Options(phase="search", profile="sample", overrides=changes)
        graph = driver.build(spec, options).graph
        model = Model(graph).train()
    else:
        from spikegraph.backends.torch.lowering import lower
        from spikegraph.program.program import Program

        graph = Program.read(spec, profile="sample", overrides=changes).build("search").graph
        model = lower(graph, bf16=side == "bf16").train()
    signs = torch.sign(torch.randn(8, 1, 5, 96, 132)) * (torch.rand(8, 1, 5, 96, 132) < 0.1)
    inputs, truth = {"left": signs, "right": signs.roll(-6, -1)}, torch.rand(6, 1, 96, 132) * 20 + 4
    planes = graph.node(graph.outputs["disparity"]).operands[0]
    found, clock = list[float](), clock_of(threads)
    for _ in range(4):
        begun = clock()
        values, _ = model.run(inputs, wanted=(planes,))
        model.zero_grad(set_to_none=True)
        subpixel_cross_entropy(values[planes][-6:], truth).backward()
        found.append(clock() - begun)
    return statistics.median(found[1:])


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
