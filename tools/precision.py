"""Compare float32 and bfloat16 in a trained network: `python tools/precision.py RUN [--data DIR]`.

Evaluates the deployed form of a run's network on its test set with convolutions in float32 and in bfloat16. Prints the
metrics of both, and the share of neuron outputs (spike or no spike) that differ in the first batches.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from spikegraph.backends.torch.datasets import inputs_of
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.loader import batches
from spikegraph.backends.torch.train.sampling import Draw, in_batches
from spikegraph.backends.torch.trained import trained_model
from spikegraph.data.class_labels import ignoring
from spikegraph.data.sets import DataSet, data_sets
from spikegraph.program.kept import kept
from spikegraph.runs.manifest import Precision


def main() -> int:
    """Print the metrics of each precision, and the share of differing outputs."""
    parser = argparse.ArgumentParser(prog="tools/precision.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, help="data folder; built-in data sets need none")
    options = parser.parse_args()
    run = kept(options.run)
    forms: tuple[Precision, ...] = ("fp32", "bf16")
    models = {way: trained_model(replace(run, precision=way), "deploy") for way in forms}
    declared, dataset = run.retraining()
    sets = ignoring(data_sets(dataset, options.data or run.data_folder, run.seed), declared)
    batch = 1 if sets.task.whole else 50
    for way, model in models.items():
        metrics = evaluate(model, sets.test, batch).metrics
        print(f"{way}: " + ", ".join(f"{name} {value:.4g}" for name, value in metrics.items()))
    print(f"spikes that differ: {share(list(models.values()), sets.test, batch):.2%}")
    return 0


def share(models: Sequence[Model], samples: DataSet, batch: int, count: int = 4) -> float:
    """The share of neuron outputs that differ between two models on the first `count` batches."""
    differ = total = 0
    order = in_batches([Draw(0, k) for k in range(min(count * batch, len(samples)))], batch)
    for given in batches(samples, order, torch.device("cpu"), workers=0, seed=0):
        spikes: list[Mapping[str, torch.Tensor]] = []
        for model in models:
            names = tuple(n.name for n in model.graph if n.op.traits.fires)
            with torch.inference_mode():
                spikes.append(model.run(inputs_of(given, tuple(model.graph.inputs())), wanted=names)[0])
        differ += sum(int((spikes[0][n] != spikes[1][n]).sum()) for n in spikes[0])
        total += sum(s.numel() for s in spikes[0].values())
    return differ / total


if __name__ == "__main__":
    sys.exit(main())
