"""What the options of a training are called, take and do, for `compile --train` and `sweep`."""

from collections.abc import Callable
from pathlib import Path

import click

from spikegraph.cli.duration import Duration, duration_option

LARGEST_SEED = 2**32 - 1
RANDOM, MOST_CONTROLS, CONTROL_HELP = "random", 1000, "write random, or random:K, such as random:5"
"""The kind of controls, and the most of them."""

RETRIES = 1
"""The default of `--retries`."""


def _seeds(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    if value is None:
        return None
    from spikegraph.sweep.points import seeds_of  # noqa: PLC0415 (only where they are given)

    try:
        return seeds_of(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _controls(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """The number K of `random:K`; 0 for `random`, which takes as many as the search's cost buys."""
    if value is None:
        return None
    kind, _, count = value.partition(":")
    if kind != RANDOM:
        from spikegraph.base.nearest import did_you_mean  # noqa: PLC0415 (only for the message)

        help = did_you_mean(kind, [RANDOM]) or CONTROL_HELP
        raise click.BadParameter(f"there are no controls `{kind}`; {help}")
    if value == RANDOM:
        return 0
    if not (count.isascii() and count.isdecimal() and 1 <= int(count[:9]) <= MOST_CONTROLS):
        raise click.BadParameter(f"`{count}` isn't a number of controls; {CONTROL_HELP}, and at most {MOST_CONTROLS}")
    return int(count)


def _rates(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    found = list[tuple[str, float]]()
    for text in value:
        pattern, _, factor = text.rpartition("=")
        try:
            found.append((pattern, float(factor)))
        except ValueError as error:
            raise click.BadParameter(f"`{text}` isn't a pattern and a factor; write them as stem=0.1") from error
    return tuple(found)


FOLDER = click.Path(path_type=Path, file_okay=False)

OPTIONS: dict[str, Callable[[Callable[..., int]], Callable[..., int]]] = {
    "data": click.option(
        "--data",
        type=FOLDER,
        metavar="DIR",
        help="Read the data in this folder. Default: a small built-in sample, with a notice.",
    ),
    "download": click.option("--download", is_flag=True, help="Download missing images to --data."),
    "out": click.option(
        "--out", type=FOLDER, metavar="RUN", help="Write the run to this folder. Default: a new one under runs/."
    ),
    "seed": click.option(
        "--seed",
        type=click.IntRange(0, LARGEST_SEED),
        help="Set the random seed; the same seed, data, versions, processor and number of threads repeat a run bit for bit "
        "(docs/determinism.md).  [0]",
    ),
    "seeds": click.option(
        "--seeds",
        callback=_seeds,
        metavar="LIST",
        help="Run each of these seeds, such as 0-4 or 0,3,7, in a folder of its own in --out, and compare them.",
    ),
    "jobs": click.option(
        "--jobs",
        type=click.IntRange(1, 4096),
        metavar="N",
        help="Run N at once; each gets its share of the cores. Default: one for each GPU, or on the CPU one for each core (or "
        "for OMP_NUM_THREADS cores).",
    ),
    "ray": click.option(
        "--ray",
        metavar="ADDRESS",
        help="Run them in a Ray cluster (needs the extra `ray`): auto, HOST:PORT or ray://HOST:PORT, or local for one on this "
        "machine. All nodes must see --out.",
    ),
    "retries": click.option(
        "--retries",
        type=click.IntRange(0, 1000),
        metavar="K",
        help="Resume a run up to K times that was killed or ran out of memory or disk.  [1, or as the sweep was started]",
    ),
    "resume": click.option("--resume", is_flag=True, help="Resume the run in --out, which needs no other option."),
    "force": click.option(
        "--force", is_flag=True, help="Resume although something differs from how the run was started; the manifest records it."
    ),
    "control": click.option(
        "--control",
        callback=_controls,
        metavar="random[:K]",
        help="Compare the run with K random architectures, trained and evaluated as its own, or with as many as the search's "
        "cost buys: print its percentile, its gains over their mean and over the one that random search keeps, with 95 % "
        "intervals.",
    ),
    "pick": click.option(
        "--pick",
        metavar="LIMIT|knee",
        help="Retrain a network of the front of RUN, whose search has two objectives, as a new run: the knee, or the best by "
        "the other objective within a limit, such as 'accuracy >= 80'.",
    ),
    "weights": click.option(
        "--weights",
        type=click.Path(path_type=Path, exists=True),
        metavar="RUN|FILE|DIR",
        help="Begin the retraining with these weights: a run's, or those of a folder, or of a file of safetensors "
        "or torch.save, by name and shape. What isn't taken begins fresh, and is listed. Default: `weights_from` of the spec.",
    ),
    "take": click.option(
        "--take",
        multiple=True,
        metavar="PATTERN",
        help="Take only these weights: a part of the network, such as stem, or a shell pattern of names, such as 'stage0*'; "
        "may be repeated.",
    ),
    "freeze": click.option(
        "--freeze",
        multiple=True,
        metavar="PATTERN",
        help="Keep these weights, and the statistics of norms among them, as they are; written like --take.",
    ),
    "rate": click.option(
        "--rate",
        multiple=True,
        callback=_rates,
        metavar="PATTERN=FACTOR",
        help="Set the factor of the learning rate for these weights, such as stem=0.1; of several for one the last counts.",
    ),
    "device": click.option("--device", metavar="D", help="Use this device: cpu, cuda:1. Default: a GPU if there is one."),
    "precision": click.option(
        "--precision",
        type=click.Choice(("fp32", "tf32", "bf16", "fp16")),
        help="Compute convolutions in this precision; tf32 on CUDA devices only (docs/speed.md).  [fp32]",
    ),
    "deterministic": click.option(
        "--deterministic",
        is_flag=True,
        help="Compute on one thread, so that the result doesn't depend on the number of threads; slower.",
    ),
    "checkpoint_every": duration_option(
        "--checkpoint-every",
        Duration("10m"),
        "Save a checkpoint within an epoch too when this time has passed since the last one; each epoch ends with one "
        "anyway. Default: 1m, or as the run was started.",
    ),
    "log": click.option(
        "--log",
        multiple=True,
        metavar="NAME",
        help="Write the run's numbers for other programs: csv (metrics.csv), tensorboard or mlflow (which need the extras of "
        "these names), or a logger of a plug-in; may be repeated. A resumed run keeps its loggers.",
    ),
    "tensorboard": click.option("--tensorboard", is_flag=True, help="Write logs for TensorBoard, as --log tensorboard."),
    "cuda_graph": click.option(
        "--cuda-graph",
        is_flag=True,
        help="Run the forward and backward pass of each step as one CUDA graph, on a CUDA device (docs/speed.md).",
    ),
    "sync_norm": click.option(
        "--sync-norm",
        is_flag=True,
        help="Compute the norms' statistics over the samples of all processes of torchrun (docs/scale.md).",
    ),
}
"""The options in the order of the help page."""
