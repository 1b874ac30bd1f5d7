"""The settings of a run that its spec doesn't contain."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from spikegraph.base.arguments import one_of, whole_number
from spikegraph.base.errors import ArgumentError, UntrainableError
from spikegraph.base.processes import ONE, Processes
from spikegraph.base.progress import Reporter, Silent
from spikegraph.base.surface import argument
from spikegraph.dsl.spec import Run
from spikegraph.runs.logged import made
from spikegraph.runs.logger import Logger
from spikegraph.runs.manifest import Precision

SAVE_EVERY = 60.0
"""The default of `save_every`."""

LARGEST_SEED = 2**32 - 1
"""The largest seed that every generator takes."""


@dataclass(frozen=True)
class Settings:
    """The settings of a run.

    Attributes:
        seed: Random seed; docs/determinism.md says what repeats a run.
        device: The training device, as torch names it.
        precision: Precision of the convolutions; membrane potentials stay in float32.
        resume: Resume the run in the folder.
        force: Resume it although something differs from how it was started.
        deterministic: Compute on one thread, so that the result doesn't depend on the number of threads; refuse operations
            that a GPU computes in a changing order.
        threads: Number of torch threads; None leaves torch's own.
        why_threads: Why so many, for a notice.
        save_every: Seconds between two checkpoints within an epoch; each epoch ends with one anyway.
        loggers: Names of loggers, or loggers, which get the run's numbers.
        command: The command line, for the manifest.
        data: The data folder, for the manifest; None for data of the package.
        weights: The run, folder or file of weights that the retraining starts from, in place of the spec's.
        start: In place of `weights`, the content of a file of weights: those of a model in Python.
        sync_norm: Norms take their statistics from the samples of all processes.
        cuda_graph: Forward and backward passes of steps are captured as CUDA graphs.
        controls: Number of random architectures to train beside the run's; 0 for as many as the search's cost buys, None for
            as many as the run was started with.
        on_epoch: Called after each epoch with a `Moment` (`spikegraph.backends.torch.train.callbacks`).
        on_step: Called after each step of the weights.
        processes: The processes that train together.
        reporter: Shows notices and progress.

    Raises:
        ArgumentError: The seed isn't a whole number that every generator takes, there is no such precision or logger, or a
            callback is no function.
    """

    seed: int = 0
    device: str = "cpu"
    precision: Precision = "fp32"
    resume: bool = False
    force: bool = False
    deterministic: bool = False
    threads: int | None = None
    why_threads: str = "so that the numbers repeat"
    save_every: float = SAVE_EVERY
    loggers: tuple[str | Logger, ...] = ()
    command: tuple[str, ...] = ()
    data: Path | None = None
    weights: Path | None = None
    start: bytes | None = field(default=None, repr=False)
    sync_norm: bool = False
    cuda_graph: bool = False
    controls: int | None = None
    on_epoch: Callable[..., object] | None = None
    on_step: Callable[..., object] | None = None
    processes: Processes = ONE
    reporter: Reporter = field(default_factory=Silent)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", whole_number("seed", self.seed, LARGEST_SEED))
        one_of("precision", self.precision, get_args(Precision))
        made(self.loggers)
        for name, callback in (("on_epoch", self.on_epoch), ("on_step", self.on_step)):
            if callback is not None and not callable(callback):
                raise ArgumentError(f"`{name}` is {callback!r}; it is a function of one argument")


def require_divisible(run: Run, processes: Processes) -> None:
    """Checks that a batch can be divided among the processes.

    Raises:
        UntrainableError: It can't.
    """
    if run.batch % processes.count:
        more = -(-run.batch // processes.count) * processes.count
        raise UntrainableError(
            f"{run.span.start}: `batch = {run.batch}` of `{run.kind}` can't be divided by {processes.count} processes",
            f"use a multiple of {processes.count}: {argument('set', f'{run.kind}.batch={more}')}",
        )
