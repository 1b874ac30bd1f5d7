"""Run by torchrun: `gradients_program.py`'s comparison of steps, where norms and neurons run as kernels of Triton.

`python triton_program.py FILE`: writes the largest differences, whether the processes have the same bits, and how many kernels
of statistics ran, as JSON. The environment has TRITON_INTERPRET=1, which Triton reads where it is imported; the package
may have been imported before, by the process that this one is a copy of.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
from gradients_program import CASES, compared
from tiny_run import stereo_graph

from spikegraph.backends.distributed.launched import launched
from spikegraph.backends.torch.modules import generated_neurons
from spikegraph.backends.torch.triton import launch, library
from spikegraph.cli.launched import end
from spikegraph.passes.fuse import Fuse
from spikegraph.passes.pipeline import run

CHOSEN = ("uneven", "fewer samples than processes")


def main(file: str) -> None:
    torch.set_num_threads(1)
    library.INTERPRETED = True
    generated_neurons.FEWEST_VALUES = 0
    ran, start = list[str](), launch.Launch.run

    def counted(self: launch.Launch, text: str, name: str, *rest: Any, **constants: object) -> None:
        ran.append(name)
        start(self, text, name, *rest, **constants)

    launch.Launch.run = counted
    found = dict[str, dict[str, Any]]()
    with launched() as processes:
        for case in CHOSEN:
            choice, which, batches = CASES[case]
            ran.clear()
            found[case] = compared(run((Fuse(),), stereo_graph(choice)), which, batches, processes)
            found[case]["moments"] = ran.count("moments")
        if processes.main:
            Path(file).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
    end(0)
