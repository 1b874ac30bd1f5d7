"""The options of `spikegraph compile` that belong to `--train`, as a value; `training.py` trains with them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from spikegraph.cli.training_options import OPTIONS

if TYPE_CHECKING:
    from spikegraph.cli.spec_options import SpecOptions
    from spikegraph.runs.manifest import Precision


@dataclass(frozen=True)
class RunOptions:
    """The options of `--train`; their help texts say what they mean."""

    data: Path | None
    download: bool
    out: Path | None
    seed: int | None
    resume: bool
    force: bool
    device: str | None
    precision: "Precision | None"
    deterministic: bool
    checkpoint_every: float | None
    tensorboard: bool = False
    log: tuple[str, ...] = ()
    sync_norm: bool = False
    cuda_graph: bool = False
    control: int | None = None
    seeds: "tuple[int, ...] | None" = None
    jobs: int | None = None
    ray: str | None = None
    retries: int | None = None
    weights: Path | None = None
    take: tuple[str, ...] = ()
    freeze: tuple[str, ...] = ()
    rate: tuple[tuple[str, float], ...] = ()
    pick: str | None = None

    def require_data(self) -> None:
        """Checks the folder of the data.

        Raises:
            UsageError: It isn't there, or `--download` has none.
        """
        if self.download and self.data is None:
            raise click.UsageError("--download needs --data DIR: the folder that images are downloaded into")
        if self.data is not None and not self.download and not self.data.is_dir():
            raise click.UsageError(f"there is no folder `{self.data}` for --data; --download makes it, for images")

    @property
    def loggers(self) -> tuple[str, ...]:
        """The names of the loggers, each once."""
        return tuple(dict.fromkeys((*self.log, *(("tensorboard",) if self.tensorboard else ()))))

    def applied(self, options: "SpecOptions") -> "SpecOptions":
        """The options of a spec, in which `--take`, `--freeze` and `--rate` are in the place of what it has."""
        from spikegraph.program.weight_source import as_overrides  # noqa: PLC0415 (slow to import)

        return replace(options, overrides=(*options.overrides, *as_overrides(self.take, self.freeze, self.rate)))

    @property
    def continues_sweep(self) -> bool:
        """Whether `--resume` continues a sweep, and not a run."""
        return self.resume and self.out is not None and (self.out / "sweep.json").exists()


FLAGS = ("download", "resume", "force")
"""The flags that a command may lack."""


def run_options(function: Callable[..., int]) -> Callable[..., int]:
    """Adds the options; the command gets them as `run`, None without `--train`."""

    @wraps(function)
    def gathered(*arguments: Any, train: bool, run: RunOptions, **others: Any) -> int:
        if not train:
            _refuse_others()
        return function(*arguments, run=run if train else None, **others)

    decorated = training_options(gathered)
    return click.option("--train", is_flag=True, help="Run the spec's phases: search, retrain, evaluate.")(decorated)


def training_options(function: Callable[..., int], names: Iterable[str] = tuple(OPTIONS)) -> Callable[..., int]:
    """Adds the options with these names, by default all but `--train`; the command gets them as `run`."""

    @wraps(function)
    def gathered(*arguments: Any, **others: Any) -> int:
        given: dict[str, Any] = dict.fromkeys(FLAGS, False) | {name: others.pop(name) for name in names}
        return function(*arguments, run=RunOptions(**given), **others)

    decorated: Callable[..., int] = gathered
    for name in reversed(tuple(names)):
        decorated = OPTIONS[name](decorated)
    return decorated


def given_options() -> list[str]:
    """The options and arguments of this command that are on the command line, by their names in the program."""
    context = click.get_current_context()
    return [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]


def option_name(name: str) -> str:
    """An option or argument as the user writes it: `--checkpoint-every`, `--set`, `SPEC`."""
    return {"spec": "SPEC", "overrides": "--set"}.get(name, f"--{name.replace('_', '-')}")


def _refuse_others() -> None:
    """Refuses the options of a run without `--train`.

    Raises:
        UsageError: One is given.
    """
    context = click.get_current_context()
    for name in OPTIONS:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name.replace('_', '-')} needs --train")
