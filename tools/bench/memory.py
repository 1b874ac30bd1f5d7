"""Peak memory of a training step, measured in a separate process for each side."""

import json
import subprocess
import sys
from pathlib import Path

from measure import Row, peak_memory
from peers import has

BATCH = 32


def rows(runs: int) -> list[Row]:
    """Peak megabytes of the whole process after two steps of the CIFAR network with batch size 32."""
    sides = ["SpikingJelly"] * has("spikingjelly") + ["spikegraph, float32", "spikegraph, bf16"]
    count = min(runs, 2)
    found = {side: [peak(side) for _ in range(count)] for side in sides}
    return [Row("CIFAR n3, training step, memory", found, f"T = 6, batch {BATCH}", {"spikegraph, bf16": 2.5}, "MB")]


def peak(side: str) -> float:
    """Peak memory of a fresh process in MB."""
    done = subprocess.run([sys.executable, "-W", "ignore", __file__, side], capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def step(side: str) -> None:
    """Run two training steps."""
    import torch
    from cifar import images, network, ours, spike_dhs, theirs

    from spikegraph.backends.torch.allocator import keep_buffers
    from spikegraph.backends.torch.lowering import lower

    torch.set_num_threads(2)
    batch = images(BATCH)
    if side == "SpikingJelly":
        run = theirs(spike_dhs().train(), batch)
    else:
        keep_buffers()
        built = network()
        run = ours(lower(built.graph, bf16=side.endswith("bf16")).train(), built, batch)
    for _ in range(2):
        run()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    step(sys.argv[1])
    print(json.dumps(peak_memory()))
