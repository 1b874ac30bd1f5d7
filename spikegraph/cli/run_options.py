"""The options of `spikegraph compile` that belong to `--train`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from spikegraph.cli.diagnostics import warn
from spikegraph.cli.settings import Settings
from spikegraph.cli.streams import notice, out, out_text
from spikegraph.cli.training_options import OPTIONS
from spikegraph.processes import ONE, Processes
from spikegraph.visible import visible_name

if TYPE_CHECKING:
    from spikegraph.cli.spec_options import SpecOptions
    from spikegraph.program import Program
    from spikegraph.runs.manifest import Precision
    from spikegraph.runs.record import RunRecord
    from spikegraph.shared_cores import Usage


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
    tensorboard: bool
    sync_norm: bool = False
    control: int | None = None
    threads: int | None = None
    """Number of torch threads, which is no option: a resumed run's."""
    since: "Usage | None" = None
    """What the cores had done when the command began; None where the number of threads isn't to be chosen."""
    seeds: "tuple[int, ...] | None" = None
    jobs: int | None = None
    ray: str | None = None
    retries: int | None = None
    processes: Processes = ONE
    """The processes of this call, which are no option either."""

    def train(self, spec: Path | None, options: "SpecOptions", settings: Settings) -> int:
        """Trains, and prints the results and the run's folder.

        Args:
            spec: The spec; None if the run's folder has it.
            options: The options of the spec.
            settings: Those of this call.

        Raises:
            UsageError: There is no folder to download images into, no spec, or no run to resume.
            SpecError: The spec is wrong.
            TrainError: The folder holds another run, data and network don't fit, or the training diverged.
            DataError: A data file is missing or damaged.
            Interrupted: The run was asked to stop; it is saved.
        """
        self.require_data()
        if self.seeds is not None or self.continues_sweep:
            from spikegraph.cli.sweep_run import train_sweep  # noqa: PLC0415 (only for sweeps)

            return train_sweep(spec, options, self, (), settings)
        for name, value in (("--jobs", self.jobs), ("--ray", self.ray), ("--retries", self.retries)):
            if value is not None:
                raise click.UsageError(f"{name} needs --seeds: it is for several runs")
        if self.resume and self.out is not None and spec is None and not (self.out / "manifest.json").exists():
            from spikegraph.cli.sweep_point import waiting_point  # noqa: PLC0415 (only for sweeps)

            point = waiting_point(self.out)
            if point is not None:
                program, run, arguments = point.started(self)
                return run.start(program, replace(settings, arguments=arguments), sample=False)
        from spikegraph.cli.launched import processes  # noqa: PLC0415

        with processes() as those:
            return replace(self, processes=those).joined(spec, options, settings)

    def joined(self, spec: Path | None, options: "SpecOptions", settings: Settings) -> int:
        """As `train`, in processes that know each other."""
        held = self._held(spec)
        if held is not None:
            from spikegraph.cli.resume import resumed  # noqa: PLC0415 (only for runs)

            program, run = resumed(held, spec, options, self)
            return run.start(program, settings, sample=False)
        assert spec is not None
        if spec.is_dir():
            raise click.UsageError(f"--train needs a spec, not a folder; --train --out {spec} --resume continues a run")
        from spikegraph.shared_cores import Usage  # noqa: PLC0415 (only for a run that begins)

        return replace(self, since=Usage.now()).start(options.read(spec), settings, sample=True)

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
    def continues_sweep(self) -> bool:
        """Whether `--resume` continues a sweep, and not a run."""
        return self.resume and self.out is not None and (self.out / "sweep.json").exists()

    def _held(self, spec: Path | None) -> "RunRecord | None":
        """The run that `--resume` continues; None to start one."""
        if self.force and not self.resume:
            raise click.UsageError("--force needs --resume: it continues a run although something differs")
        if self.resume and self.out is None:
            raise click.UsageError("--resume needs --out RUN: the folder of the run")
        if self.resume and self.out is not None and (self.out / "manifest.json").exists():
            from spikegraph.runs.record import read_run  # noqa: PLC0415 (slow to import)

            return read_run(self.out)
        if spec is None:
            what = (
                f"there is no run in {self.out}; give the SPEC to start one" if self.resume else "Missing argument 'SPEC|RUN'."
            )
            raise click.UsageError(what)
        return None

    def start(self, program: "Program", settings: Settings, *, sample: bool) -> int:
        """Trains a program and prints its results; `sample`: without data, use the spec's profile `sample`."""
        folder = self.run(program, settings, sample=sample)
        if not self.processes.main:
            return 0
        from spikegraph.cli.run_text import results  # noqa: PLC0415 (slow to import)
        from spikegraph.cli.search_text import controls  # noqa: PLC0415
        from spikegraph.cli.verdict_text import verdict_text  # noqa: PLC0415
        from spikegraph.runs.record import read_run  # noqa: PLC0415

        run = read_run(folder)
        out(results(run))
        if text := controls(run):
            out(text)
        draw_run(folder)
        notice(f"the run is in {visible_name(folder)}")
        if text := verdict_text(run):
            out_text(text)
        return 0

    def run(self, program: "Program", settings: Settings, *, sample: bool) -> Path:
        """Trains a program; returns the run's folder."""
        from spikegraph.cli.sample import make_sample, uses_sample  # noqa: PLC0415 (slow to import)
        from spikegraph.progress import Silent, reporter  # noqa: PLC0415
        from spikegraph.sample import with_sample  # noqa: PLC0415

        # Checked before torch is imported, so that the errors of a spec and of a folder appear at once.
        if self.out is not None and self.processes.main:
            from spikegraph.runs.folder import RunFolder  # noqa: PLC0415

            RunFolder(self.out).check_startable(resume=self.resume or self.processes.begun is not None)
        checked = (with_sample(program, self.data)[0] if sample else program).checked()
        spec = checked.spec
        if self.processes.main:
            warn(checked.resolved.diagnostics, settings)
        progress = reporter(settings.color) if self.processes.main else Silent()
        with self.processes.main_first():
            if self.data is None and uses_sample(spec):
                make_sample(progress)
        from spikegraph.backends.torch.main import train_program  # noqa: PLC0415 (imports torch)
        from spikegraph.run_settings import SAVE_EVERY  # noqa: PLC0415
        from spikegraph.run_settings import Settings as RunSettings  # noqa: PLC0415

        device = self._device()
        how = RunSettings(
            seed=self.seed or 0,
            device=device,
            precision=self.precision or "fp32",
            resume=self.resume,
            force=self.force,
            deterministic=self.deterministic,
            **self._threads(device),
            save_every=SAVE_EVERY if self.checkpoint_every is None else self.checkpoint_every,
            tensorboard=self.tensorboard,
            sync_norm=self.sync_norm,
            controls=self.control,
            processes=self.processes,
            command=("spikegraph", *settings.arguments),
            reporter=progress,
        )
        folder, _ = train_program(program, how, data=self.data, out=self.out, download=self.download, sample=sample)
        return folder

    def _threads(self, device: str) -> dict[str, Any]:
        """The settings of the number of threads: that of a run that exists, or as many as other processes leave cores for."""
        if self.since is None or self.deterministic or self.processes.count > 1 or device != "cpu":
            return {"threads": self.threads}
        from spikegraph.cli.threads import free_threads  # noqa: PLC0415 (only for runs that begin)

        return free_threads(self.since)

    def _device(self) -> str:
        """The device's name; without a number, it is this process's GPU."""
        if self.processes.count > 1 and ":" in (self.device or ""):
            raise click.UsageError(f"--device {self.device} is one device for all processes; leave out its number")
        return self.device or best_device(tell=self.processes.main)


def draw_run(folder: Path) -> None:
    """Draws the networks of a run into its `diagrams/`; prints a notice if nothing can be drawn."""
    from spikegraph.backends.graphviz.draw_file import draw  # noqa: PLC0415
    from spikegraph.errors import NotThereError, RenderError  # noqa: PLC0415 (slow to import)
    from spikegraph.runs.folder import RunFolder  # noqa: PLC0415

    for level in ("network", "trellis", "cell"):
        path = RunFolder(folder).diagrams / f"{level}.svg"
        try:
            draw(folder, level).write(path)
        except NotThereError:
            continue  # not every network has a trellis, or cells
        except RenderError as error:
            notice(f"no diagram: {error.summary}" + (f" ({error.help})" if error.help else ""))
            return


def best_device(*, tell: bool = True) -> str:
    """The first GPU if there is one, else the CPU; prints which, with `tell`."""
    import torch  # noqa: PLC0415 (slow to import)

    device = "cuda" if torch.cuda.is_available() else "cpu"
    if tell:
        notice(f"device: {device}")
    return device


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
