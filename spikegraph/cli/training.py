"""Trains with the options of the command line: starts a run, continues one, or hands over to a sweep."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.base.errors import RunFolderError
from spikegraph.base.processes import ONE, Processes
from spikegraph.base.visible import visible_name
from spikegraph.cli.devices import best_device
from spikegraph.cli.diagnostics import warn
from spikegraph.cli.run_options import RunOptions
from spikegraph.cli.settings import Settings
from spikegraph.cli.streams import notice, out, out_text

if TYPE_CHECKING:
    from spikegraph.base.shared_cores import Usage
    from spikegraph.cli.spec_options import SpecOptions
    from spikegraph.program.program import Program
    from spikegraph.runs.record import RunRecord


@dataclass(frozen=True)
class Training:
    """The training of one run.

    Attributes:
        program: The spec.
        options: The options of the run.
        settings: Those of this call.
        sample: Without data, use the spec's profile `sample`.
        threads: Number of torch threads: a resumed run's; None leaves it open.
        since: What the cores had done when the command began; None where the number of threads isn't to be chosen.
        processes: The processes that train together.
    """

    program: "Program"
    options: RunOptions
    settings: Settings
    sample: bool = False
    threads: int | None = None
    since: "Usage | None" = None
    processes: Processes = ONE

    def shown(self) -> int:
        """Trains, and prints the results and the run's folder; returns the exit status."""
        folder = self.run()
        if not self.processes.main:
            return 0
        from spikegraph.analysis.verdict_text import verdict_text  # noqa: PLC0415
        from spikegraph.cli.run_text import results  # noqa: PLC0415 (slow to import)
        from spikegraph.cli.search_text import controls  # noqa: PLC0415
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

    def run(self) -> Path:
        """Trains; returns the run's folder."""
        from spikegraph.base.progress import Silent, reporter  # noqa: PLC0415
        from spikegraph.cli.sample import make_sample, uses_sample  # noqa: PLC0415 (slow to import)
        from spikegraph.program.sample_profile import with_sample  # noqa: PLC0415

        options = self.options
        # Checked before torch is imported, so that the errors of a spec and of a folder appear at once.
        if options.out is not None and self.processes.main:
            from spikegraph.runs.folder import RunFolder  # noqa: PLC0415

            RunFolder(options.out).check_startable(resume=options.resume or self.processes.begun is not None)
        checked = (with_sample(self.program, options.data)[0] if self.sample else self.program).checked()
        if self.processes.main:
            warn(checked.resolved.diagnostics, self.settings)
        progress = reporter(self.settings.color) if self.processes.main else Silent()
        with self.processes.main_first():
            if options.data is None and uses_sample(checked.spec):
                make_sample(progress)
        from spikegraph.backends.torch.main import train_program  # noqa: PLC0415 (imports torch)
        from spikegraph.program.run_settings import SAVE_EVERY  # noqa: PLC0415
        from spikegraph.program.run_settings import Settings as RunSettings  # noqa: PLC0415

        device = self._device()
        how = RunSettings(
            seed=options.seed or 0,
            device=device,
            precision=options.precision or "fp32",
            resume=options.resume,
            force=options.force,
            deterministic=options.deterministic,
            **self._threads(device),
            save_every=SAVE_EVERY if options.checkpoint_every is None else options.checkpoint_every,
            loggers=options.loggers,
            weights=options.weights,
            sync_norm=options.sync_norm,
            cuda_graph=options.cuda_graph,
            controls=options.control,
            processes=self.processes,
            command=("spikegraph", *self.settings.arguments),
            reporter=progress,
        )
        folder, _ = train_program(
            self.program, how, data=options.data, out=options.out, download=options.download, sample=self.sample
        )
        return folder

    def _threads(self, device: str) -> dict[str, Any]:
        """The settings of the number of threads: that of a run that exists, or as many as other processes leave cores for."""
        if self.since is None or self.options.deterministic or self.processes.count > 1 or device != "cpu":
            return {"threads": self.threads}
        from spikegraph.cli.threads import free_threads  # noqa: PLC0415 (only for runs that begin)

        return free_threads(self.since)

    def _device(self) -> str:
        """The device's name; without a number, it is this process's GPU."""
        device = self.options.device
        if self.processes.count > 1 and ":" in (device or ""):
            raise click.UsageError(f"--device {device} is one device for all processes; leave out its number")
        return device or best_device(tell=self.processes.main)


def train(spec: Path | None, options: "SpecOptions", run: RunOptions, settings: Settings) -> int:
    """Trains, and prints the results and the run's folder.

    Args:
        spec: The spec; None if the run's folder has it.
        options: The options of the spec.
        run: The options of the run.
        settings: Those of this call.

    Raises:
        UsageError: There is no folder to download images into, no spec, or no run to resume.
        SpecError: The spec is wrong.
        TrainError: The folder holds another run, data and network don't fit, or the training diverged.
        DataError: A data file is missing or damaged.
        Interrupted: The run was asked to stop; it is saved.
    """
    run.require_data()
    options = run.applied(options)
    if run.pick is not None:
        return _picked(spec, options, run, settings)
    if run.seeds is not None or run.continues_sweep:
        from spikegraph.cli.sweep_run import train_sweep  # noqa: PLC0415 (only for sweeps)

        return train_sweep(spec, options, run, (), settings)
    for name, value in (("--jobs", run.jobs), ("--ray", run.ray), ("--retries", run.retries)):
        if value is not None:
            raise click.UsageError(f"{name} needs --seeds: it is for several runs")
    if run.resume and run.out is not None and spec is None and not (run.out / "manifest.json").exists():
        from spikegraph.cli.sweep_point import waiting_point  # noqa: PLC0415 (only for sweeps)

        point = waiting_point(run.out)
        if point is not None:
            return Training(*point.started(run, settings), threads=point.plan.threads).shown()
    from spikegraph.cli.launched import processes  # noqa: PLC0415

    with processes(_device(run)) as those:
        return _training(spec, options, run, settings, those).shown()


def _picked(run: Path | None, options: "SpecOptions", given: RunOptions, settings: Settings) -> int:
    """Trains a network of a run's front."""
    from spikegraph.cli.launched import processes  # noqa: PLC0415
    from spikegraph.cli.pick import picked_training  # noqa: PLC0415 (only for fronts)

    with processes(given.device) as those:
        return Training(*picked_training(run, options, given), settings, processes=those).shown()


def _instead(folder: Path) -> str:
    """What trains the spec of a model's folder, or continues a run."""
    from spikegraph.runs.model_folder import model_folder  # noqa: PLC0415 (only for the message)

    found = model_folder(folder)
    if found is None:
        return f"--train --out {folder} --resume continues a run"
    data = "" if found.record.data_folder is None else f" --data {visible_name(found.record.data_folder)}"
    return f"{visible_name(found.spec)} --train --weights {visible_name(folder)}{data} goes on from a model"


def _training(spec: Path | None, options: "SpecOptions", run: RunOptions, settings: Settings, processes: Processes) -> Training:
    """The training of a run that begins, or of the one that `--resume` continues."""
    held = _held(spec, run)
    if held is not None:
        from spikegraph.cli.resume import resumed  # noqa: PLC0415 (only for runs)

        program, continued = resumed(held, spec, options, run)
        threads = None if run.force else held.manifest.threads
        return Training(program, continued, settings, threads=threads, processes=processes)
    assert spec is not None
    if spec.is_dir():
        raise click.UsageError(f"--train needs a spec, not a folder; {_instead(spec)}")
    from spikegraph.base.shared_cores import Usage  # noqa: PLC0415 (only for a run that begins)

    since = Usage.now()
    return Training(options.read(spec), run, settings, sample=True, since=since, processes=processes)


def _device(run: RunOptions) -> str | None:
    """The name of the device on the command line, or of the run that `--resume` continues."""
    from spikegraph.runs.folder import RunFolder  # noqa: PLC0415 (slow to import)

    if run.device is None and run.resume and run.out is not None:
        with suppress(RunFolderError):  # told later, by one process
            return RunFolder(run.out).read_manifest().device.partition(" ")[0]
    return run.device


def _held(spec: Path | None, run: RunOptions) -> "RunRecord | None":
    """The run that `--resume` continues; None to start one."""
    if run.force and not run.resume:
        raise click.UsageError("--force needs --resume: it continues a run although something differs")
    if run.resume and run.out is None:
        raise click.UsageError("--resume needs --out RUN: the folder of the run")
    if run.resume and run.out is not None and (run.out / "manifest.json").exists():
        from spikegraph.runs.record import read_run  # noqa: PLC0415 (slow to import)

        return read_run(run.out)
    if spec is None:
        what = f"there is no run in {run.out}; give the SPEC to start one" if run.resume else "Missing argument 'SPEC|RUN'."
        raise click.UsageError(what)
    return None


def draw_run(folder: Path) -> None:
    """Draws the networks of a run into its `diagrams/`; prints a notice if nothing can be drawn."""
    from spikegraph.backends.graphviz.draw_file import draw  # noqa: PLC0415
    from spikegraph.base.errors import NotThereError, RenderError  # noqa: PLC0415 (slow to import)
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
