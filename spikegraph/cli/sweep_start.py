"""The start of a sweep: the spec is read once, every point is checked, and what the runs share is made before they start."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.base.errors import RunFolderError
from spikegraph.cli.devices import best_device
from spikegraph.cli.run_options import RunOptions
from spikegraph.cli.settings import Settings
from spikegraph.cli.sweep_combinations import checked
from spikegraph.cli.sweep_engine import slots_of
from spikegraph.cli.sweep_files import given_genotype, imports_of, same, same_imports
from spikegraph.cli.training_options import RETRIES

if TYPE_CHECKING:
    from spikegraph.cli.spec_options import SpecOptions
    from spikegraph.dsl.spec import Spec
    from spikegraph.program.program import Program
    from spikegraph.sweep.folder import Plan, SweepFolder
    from spikegraph.sweep.points import Axis, Point

COMPARED = (
    "points",
    "profile",
    "overrides",
    "device",
    "precision",
    "deterministic",
    "cuda_graph",
    "data_folder",
    "weights",
    "checkpoint_every",
    "loggers",
    "controls",
)
"""What a sweep that is continued with its spec must agree in, beside the texts."""


@dataclass(frozen=True)
class Start:
    """A sweep that can start.

    Attributes:
        program: The spec, without what varies.
        plan: What the sweep consists of.
    """

    program: "Program"
    plan: "Plan"

    def begin(self, folder: "SweepFolder") -> None:
        """Writes what the points are started from.

        Raises:
            RunFolderError: The folder holds something, or can't be written.
        """
        folder.begin(self.plan, self.program.source.text, imports_of(self.program), given_genotype(self.program))


def start(spec: Path, options: "SpecOptions", given: RunOptions, axes: "Sequence[Axis]", settings: Settings) -> Start:
    """Checks every point of a sweep, and makes what its runs share.

    Args:
        spec: The spec.
        options: The options that belong to it; their overrides are those that all points have.
        given: The other options.
        axes: What varies besides the seed.
        settings: Those of this call.

    Raises:
        UsageError: The options don't fit each other.
        SpecError: The spec is wrong, or a value of one point is.
        DataError: The data of a point are missing, or can't be made or downloaded.
        ArgumentError: There is no logger of a name.
    """
    from spikegraph.runs.logged import made  # noqa: PLC0415 (slow to import)
    from spikegraph.sweep.folder import Plan  # noqa: PLC0415
    from spikegraph.sweep.points import points  # noqa: PLC0415
    from spikegraph.sweep.resources import given_threads  # noqa: PLC0415

    made(given.loggers)  # a wrong name is told before anything runs
    seeds = given.seeds or (given.seed or 0,)
    try:
        found = points(seeds, axes)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    program = options.read(spec)
    combinations = checked(program, found, given, settings)
    program = _profiled(program, next(iter(combinations.values())).profile)
    data, data_of = _by_point(found, {overrides: each.data for overrides, each in combinations.items()})
    weights, weights_of = _by_point(found, {overrides: each.weights for overrides, each in combinations.items()})
    device = given.device or best_device()
    _share([each.spec for each in combinations.values()], given, device, settings)
    # A cluster's nodes may have any number of cores: only what is given counts there.
    threads = 1 if given.deterministic else (given_threads(os.environ) or 1) if given.ray is not None else None
    slots = slots_of(len(found), given.jobs, threads, device)
    plan = Plan(
        spec=program.name,
        points=found,
        command=("spikegraph", *settings.arguments),
        directory=str(Path.cwd()),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        threads=slots[0].threads,
        jobs=len(slots),
        retries=RETRIES if given.retries is None else given.retries,
        device=device,
        precision=given.precision or "fp32",
        profile=program.profile,
        overrides=program.overrides,
        genotype=program.genotype is not None,
        data_folder=data,
        data_folders=data_of,
        weights=weights,
        weights_of=weights_of,
        deterministic=given.deterministic,
        cuda_graph=given.cuda_graph,
        checkpoint_every=given.checkpoint_every,
        loggers=given.loggers,
        controls=given.control,
        epochs={point.name: _epochs(combinations[point.overrides].spec) for point in found},
    )
    return Start(program, plan)


def _profiled(program: "Program", profile: str | None) -> "Program":
    """The program with the profile of all combinations, which may be that of the sample."""
    return program if profile in {None, program.profile} else program.using(str(profile))


def require_same(folder: "SweepFolder", plan: "Plan", now: Start) -> None:
    """Checks that a sweep which is continued with its spec would be started now as it was.

    Raises:
        RunFolderError: It wouldn't; the error lists what differs.
    """
    from spikegraph.runs.json_file import read_text  # noqa: PLC0415 (slow to import)
    from spikegraph.sweep.folder import RESTORE  # noqa: PLC0415

    alike = {
        "spec": same(folder.read_spec(), now.program.source.text),
        "imports": same_imports(folder, now.program),
        "genotype": same(read_text(folder.genotype, RESTORE), given_genotype(now.program)),
    }
    found = [f"{what}: another text than the sweep's" for what, equal in alike.items() if not equal]
    for what in COMPARED:
        held, given = getattr(plan, what), getattr(now.plan, what)
        if held != given:
            # Points of one name may differ in their seed, or in the path whose end the name has.
            whole = _shown(held) == _shown(given)
            found.append(f"{what.replace('_', ' ')}: the sweep's {_shown(held, whole=whole)}, now {_shown(given, whole=whole)}")
    if found:
        help = f"leave out the SPEC and its options: `{folder.resume_command}`"
        raise RunFolderError(f"{folder.path} can't be continued otherwise than it was started", help, details=tuple(found))


def _shown(value: object, *, whole: bool = False) -> str:
    """A value of a plan for a message; of points their names, or the `whole`."""
    from spikegraph.sweep.points import Point  # noqa: PLC0415 (slow to import)

    match value:
        case None | ():
            return "none"
        case tuple():
            return ", ".join(_shown(item, whole=whole) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case Point() if whole:
            return f"{value.name} (seed {value.seed}{''.join(f', {override}' for override in value.overrides)})"
        case Point():
            return value.name
        case _:
            return str(value)


def _by_point(found: "Sequence[Point]", paths: Mapping[tuple[str, ...], Path | None]) -> tuple[str | None, dict[str, str]]:
    """The path that all points have, by their overrides; if it varies, none, and that of each by its name."""
    texts = {overrides: None if path is None else str(path) for overrides, path in paths.items()}
    if len(set(texts.values())) == 1:
        return next(iter(texts.values())), {}
    return None, {point.name: text for point in found if (text := texts[point.overrides]) is not None}


def _epochs(spec: "Spec") -> dict[str, int]:
    runs = {"search": None if spec.genotypes else spec.search, "retrain": spec.retrain}
    return {phase: run.epochs for phase, run in runs.items() if run is not None}


def _share(specs: "Sequence[Spec]", given: RunOptions, device: str, settings: Settings) -> None:
    """Makes what all runs use: images, the built-in recording, and the compiled kernels."""
    from spikegraph.base.progress import reporter  # noqa: PLC0415
    from spikegraph.cli.sample import make_sample, uses_sample  # noqa: PLC0415 (slow to import)

    if given.download and given.data is not None:
        from spikegraph.data.image_download import download  # noqa: PLC0415

        used = [(spec, run) for spec in specs for run in (spec.search, spec.retrain) if run is not None]
        for source in dict.fromkeys(spec.datasets[run.dataset].source for spec, run in used):
            download(source, given.data)
    if given.data is None and any(map(uses_sample, specs)):
        make_sample(reporter(settings.color))
    if device == "cpu":
        from spikegraph.backends.torch.native.build import missing  # noqa: PLC0415 (imports torch)

        missing()  # compiles them; each run says so if they can't be had
