"""A search over cells and layers with 4 levels, compared with SpikingJelly's training step of one derived network."""

import json
import subprocess
import sys
from pathlib import Path

import torch
from measure import Row, Settings, Side, compare, peak_memory
from peers import training_sides
from wanted import Wanted

HERE = Path(__file__).parent
WANTED_MB = 1200


def supernet(*, bf16: bool):
    """The supernet: 8 layers, 4 levels, 3 nodes of 8 channels, 3 candidates."""
    from spikegraph.backends.torch.lowering import lower
    from spikegraph.program.program import Program

    return lower(Program.read(HERE / "trellis.sdhs").build("search").graph, bf16=bf16).train()


def step(model, image: torch.Tensor) -> None:
    """A forward and backward pass; `image` is [N, 3, 32, 32]."""
    model.zero_grad(set_to_none=True)
    torch.nn.functional.cross_entropy(model(image), torch.arange(len(image))).backward()


def rows(settings: Settings) -> list[Row]:
    """Seconds per step, and peak megabytes of a process."""
    from cifar import images

    from spikegraph.base.allocator import keep_buffers

    keep_buffers()
    torch.manual_seed(0)
    batch = images()
    sides = training_sides(batch, settings.precisions)  # of the derived network
    for precision in settings.precisions:
        model = supernet(bf16=precision == "bf16")
        sides[f"spikegraph, {precision}"] = Side(lambda model=model: step(model, batch.inputs["image"]), precision=precision)
    note = f"8 layers, 4 levels, 3 nodes of width 8, 3 candidates, T = 6, batch 4; {parameters() / 1e6:.1f} M parameters"
    what = "search of cells and layers, forward and backward; SpikingJelly: a training step"
    found = compare(what, sides, settings, note, {"spikegraph, bf16": Wanted("ratio", 0.5)})
    memory = {name: [peak(name, settings.threads)] for name in settings.precisions}
    wanted = {"bf16": Wanted("value", WANTED_MB)}
    return [found, Row("search of cells and layers, memory", memory, wanted=wanted, unit="MB")]


def parameters() -> int:
    """Number of weights and architecture parameters."""
    return sum(p.numel() for p in supernet(bf16=False).parameters())


def peak(precision: str, threads: int) -> float:
    """Peak memory of a fresh process in MB."""
    command = [sys.executable, "-W", "ignore", __file__, precision, str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    from spikegraph.base.allocator import keep_buffers

    torch.set_num_threads(int(sys.argv[2]))
    keep_buffers()
    model = supernet(bf16=sys.argv[1] == "bf16")
    for _ in range(2):
        step(model, torch.rand(4, 3, 32, 32))
    print(json.dumps(peak_memory()))
