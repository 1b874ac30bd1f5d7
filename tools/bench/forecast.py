"""How near `stats --plan` is to training steps on this processor: `python tools/bench/forecast.py [NAME...] [--rounds N]`.

Predictions and steps take turns, each in a process of its own, on one thread: peak memory of the process after two steps, and
the processor's time of the next ones. Medians with minimum and maximum.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

import torch
from measure import peak_memory

from spikegraph.analysis.devices import CPU
from spikegraph.backends.torch.forecast.phases import Forecast
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import weights_optimizer
from spikegraph.base.allocator import keep_buffers
from spikegraph.base.processor import this_processor
from spikegraph.program.phase_steps import batch_steps
from spikegraph.program.program import Program

CASES = {
    "stereo, sample": ("builtin:stereo", "builtin:genotypes/stereo", "sample"),
    "cifar10, sample": ("builtin:cifar10", "builtin:genotypes/cifar10", "sample"),
    "resnet18, batch 4": ("specs/zoo/resnet18.sdhs", None, None, "retrain.batch=4"),
    "spikformer, batch 4": ("specs/zoo/spikformer.sdhs", None, None, "retrain.batch=4"),
    "sew_resnet18, batch 1": ("specs/zoo/sew_resnet18.sdhs", None, None, "retrain.batch=1"),
}
STEPS = 3


def program(name: str) -> Program:
    """The spec of a case."""
    spec, genotype, profile, *overrides = CASES[name]
    assert spec is not None
    return Program.read(spec, genotype=genotype, profile=profile, overrides=[o for o in overrides if o is not None])


def predicted(name: str) -> tuple[float, float]:
    """Megabytes of a process and seconds of a step, as predicted."""
    forecast = Forecast(program(name), CPU)
    phase = forecast.retrain
    assert phase is not None and phase.seconds is not None and forecast.processor is not None
    return (forecast.processor.process + phase.memory) / 1e6, phase.seconds


def measured(name: str) -> tuple[float, float]:
    """The same, measured."""
    keep_buffers()
    torch.manual_seed(0)
    read = program(name)
    built = read.build("retrain")
    run = built.run
    assert run is not None
    model = lower(built.graph).train()
    optimizer, wanted = weights_optimizer(run, model), Losses(model.graph, run.loss).wanted
    steps = built.graph.time or batch_steps(read.spec, run) or 1
    inputs = {
        key: (torch.rand(*([steps] if node.value.steps else []), run.batch, *node.value.shape) < 0.1).float()
        for key, node in model.graph.inputs().items()
    }

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        values = model.values(inputs, wanted)
        torch.autograd.backward([values[n] for n in wanted], [torch.full_like(values[n], 1e-3) for n in wanted])
        optimizer.step()

    times: list[float] = []
    for _ in range(2 + STEPS):
        begun = time.process_time()
        step()
        times.append(time.process_time() - begun)
    return peak_memory(), statistics.median(times[2:])


def in_process(what: str, name: str) -> tuple[float, float]:
    """Runs one side of a case in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--side", what, name], capture_output=True, text=True, check=True)
    return tuple(json.loads(done.stdout.splitlines()[-1]))


def shown(values: Sequence[float]) -> str:
    """A median with minimum and maximum."""
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def main() -> None:
    """Prints a row for each case."""
    parser = argparse.ArgumentParser(prog="tools/bench/forecast.py", description="Predicted and measured training steps.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {'; '.join(CASES)} (default: all)")
    parser.add_argument("--rounds", type=int, default=3, help="turns (default 3)")
    parser.add_argument("--side", choices=("predicted", "measured"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.side:
        print(json.dumps((predicted if options.side == "predicted" else measured)(options.names[0])))
        return
    print(f"on {this_processor().name}\n\n| step | memory, MB: predicted | measured | | time, s: predicted | measured | |")
    print("|---|---|---|---|---|---|---|")
    for name in options.names or CASES:
        turns = [(in_process("predicted", name), in_process("measured", name)) for _ in range(options.rounds)]
        cells = [name]
        for k in range(2):
            ours, theirs = [turn[0][k] for turn in turns], [turn[1][k] for turn in turns]
            cells += [shown(ours), shown(theirs), f"{statistics.median(ours) / statistics.median(theirs) - 1:+.0%}"]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
