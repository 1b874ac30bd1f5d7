"""Each combination of values of a sweep, checked before anything starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.base.errors import DataError, UntrainableError
from spikegraph.base.visible import visible_name
from spikegraph.cli.diagnostics import warn
from spikegraph.cli.run_options import RunOptions
from spikegraph.cli.settings import Settings
from spikegraph.cli.streams import notice

if TYPE_CHECKING:
    from spikegraph.dsl.spec import Spec
    from spikegraph.program.program import Program
    from spikegraph.sweep.points import Point


@dataclass(frozen=True)
class Combination:
    """A combination of values.

    Attributes:
        spec: Its spec.
        profile: The profile that is applied.
        data: The folder of its data; None for data of the package.
        weights: What its retraining starts from; None if that is nothing.
    """

    spec: "Spec"
    profile: str | None
    data: Path | None
    weights: Path | None


def checked(
    program: "Program", found: "Sequence[Point]", given: RunOptions, settings: Settings
) -> dict[tuple[str, ...], Combination]:
    """Each combination of values, by its overrides; prints the notices and warnings about all of them, each once.

    Args:
        program: The spec, without what varies.
        found: The points.
        given: The options.
        settings: Those of this call.

    Raises:
        UsageError: An option takes the place of what varies, or only some combinations have their data.
        SpecError: A combination is wrong; what varies in it is printed before.
        DataError: The data of one are missing.
        UntrainableError: One has no `retrain`.
    """
    from spikegraph.dsl.diagnostics import Diagnostics  # noqa: PLC0415 (slow to import)
    from spikegraph.program.sample_profile import data_folder, named_folders, with_sample  # noqa: PLC0415
    from spikegraph.program.weight_source import weight_source  # noqa: PLC0415

    combinations, warnings, told = dict[tuple[str, ...], Combination](), Diagnostics(), dict[str, tuple[str, ...]]()
    folders, sources = set[frozenset[Path]](), set[str | None]()
    for overrides in dict.fromkeys(point.overrides for point in found):
        own = program.with_overrides((*program.overrides, *overrides)) if overrides else program
        point, said = with_sample(own, given.data)
        if point.check().has_errors and overrides:
            # Errors that have nothing to do with these values come first.
            (program if point.profile in (None, program.profile) else program.using(point.profile)).checked()
            notice(f"note: {_with(overrides)}")
        spec = point.checked().spec
        if spec.retrain is None:
            raise UntrainableError(f"{program.name} has no `retrain NETWORK on DATASET`", "add one to the spec")
        if said is not None:
            told.setdefault(said, overrides)
        data = data_folder(point, given.data)
        if data is not None and given.data is None and not data.is_dir():
            where = f", {_with(overrides)}" if overrides else ""
            raise DataError(
                f"the data are missing: there is no folder {visible_name(data)}{where}", help="give a folder that is there"
            )
        folders.add(frozenset(named_folders(own)))
        sources.add(spec.retrain.weights_from)
        combinations[overrides] = Combination(spec, point.profile, data, weight_source(point, given.weights))
        warnings.extend(point.resolved.diagnostics)
    _require_alike(combinations, folders, told)
    for option, taken, varied in (("--data", given.data, len(folders)), ("--weights", given.weights, len(sources))):
        if taken is not None and varied > 1:
            what = "the `folder` of the data set" if option == "--data" else "`weights_from`"
            raise click.UsageError(f"{what} varies, and {option} would take its place in all runs; leave one of them out")
    warn(warnings, settings)
    for text in told:
        notice(text)
    return combinations


def _require_alike(
    combinations: "dict[tuple[str, ...], Combination]", folders: set[frozenset[Path]], told: "dict[str, tuple[str, ...]]"
) -> None:
    """Refuses a sweep in which the sample would take the place of the data of some points, or of folders that vary.

    Raises:
        UsageError: It would.
    """
    alike = len({each.profile for each in combinations.values()}) == 1
    if told and not (alike and len(folders) == 1):
        said, overrides = next(iter(told.items()))
        missing = said.partition(" is missing")[0]
        raise click.UsageError(f"{missing} is missing {_with(overrides)}; the sample can't stand for the data of some points")


def _with(overrides: Sequence[str]) -> str:
    return f"with {' '.join(f'--set {override}' for override in overrides)}"
