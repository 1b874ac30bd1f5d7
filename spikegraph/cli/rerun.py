"""`spikegraph rerun`."""

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.base.errors import RunFolderError
from spikegraph.cli.examples import examples
from spikegraph.cli.launched import processes
from spikegraph.cli.resume import data_of, device_of, require_plugins
from spikegraph.cli.run_options import RunOptions
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.streams import notice, out_json, out_text
from spikegraph.cli.text_table import fields
from spikegraph.cli.training import Training
from spikegraph.cli.training_options import FOLDER

if TYPE_CHECKING:
    from spikegraph.runs.manifest import Difference
    from spikegraph.runs.record import RunRecord
    from spikegraph.runs.repeated import Result

FORMAT_VERSION = 1


@click.command("rerun", epilog=examples("spikegraph rerun runs/first -o runs/again"))
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="RUN")
@click.option("-o", "--output", type=FOLDER, metavar="DIR", help="Write the new run to this folder. Default: one under runs/.")
@click.option("--data", type=FOLDER, metavar="DIR", help="Read the data in this folder. Default: the run's.")
@click.option(
    "--weights",
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="Begin with the weights at this place, which must be the same. Default: the run's.",
)
@json_option
@common_options
@click.pass_obj
def command(settings: Settings, run: Path, output: Path | None, data: Path | None, weights: Path | None, as_json: bool) -> int:
    """Repeat a run from its folder and compare the results bit for bit.

    The spec, genotype, seed, data folder, weights to start from, precision, device, number of threads, CUDA graphs and loggers
    are those of the run. Prints what differs in the environment and in the results. Exit status: 0 if the results are
    identical, 1 if not.
    """
    from spikegraph.program.run_program import started_program  # noqa: PLC0415 (slow to import)
    from spikegraph.runs.record import read_run  # noqa: PLC0415
    from spikegraph.runs.repeated import compared  # noqa: PLC0415
    from spikegraph.runs.resumable import started  # noqa: PLC0415
    from spikegraph.runs.source_file import require_unchanged, source_of  # noqa: PLC0415

    held = read_run(run)
    if not held.complete:
        raise RunFolderError(
            f"{run} isn't complete, so there is nothing to compare with", f"continue it with `{held.resume_command}`"
        )
    for forced in held.manifest.forced:
        what = ", ".join(d.what for d in forced.differences)
        notice(f"note: the run was continued with --force at {forced.time} (other {what}), so it may not repeat")
    require_plugins(held)
    with processes(device_of(held)) as those:
        if those.count != held.manifest.processes:
            need = f"{held.manifest.processes} processes, not {those.count}"
            command = shlex.join(started(("spikegraph", *settings.arguments), held.manifest.processes))
            raise RunFolderError(f"{run} needs {need}", f"repeat it with `{command}`")
        source = source_of(held, weights)
        require_unchanged(held, source)
        program, options = started_program(held), _options(held, output, data, source)
        training = Training(program, options, settings, threads=held.manifest.threads, processes=those)
        again = read_run(training.run())
    if not those.main:
        return 0
    differences, results = _provenance(held, again), compared(held, again)
    if as_json:
        out_json(as_object(held, again, differences, results))
    else:
        out_text(page(again, differences, results))
    return 0 if all(result.difference is None for result in results) else 1


def _options(run: "RunRecord", out: Path | None, data: Path | None, weights: Path | None) -> RunOptions:
    """The options that repeat a run."""
    from spikegraph.compiled.march import VARIABLE, named  # noqa: PLC0415 (only when it runs)

    manifest = run.manifest
    if manifest.native is False:
        os.environ["SPIKEGRAPH_NATIVE"] = "0"  # before torch's kernels are chosen
    if (target := named(manifest.compiler)) is not None:
        os.environ.setdefault(VARIABLE, target)
    return RunOptions(
        data=data_of(run, data),
        download=False,
        out=out,
        seed=manifest.seed,
        resume=False,
        force=False,
        device=device_of(run),
        precision=manifest.precision,
        deterministic=manifest.deterministic,
        checkpoint_every=manifest.checkpoint_every,
        log=manifest.loggers,
        sync_norm=manifest.sync_norm,
        cuda_graph=manifest.cuda_graph,
        weights=weights,
        control=manifest.controls if run.summary.controls is None else run.summary.controls.asked,
    )


def _provenance(run: "RunRecord", again: "RunRecord") -> "list[Difference]":
    """What differs between the environments of two runs: all that may change numbers, then other packages."""
    from spikegraph.runs.differences import differences, other_packages  # noqa: PLC0415 (slow to import)

    return [*differences(run.manifest, again.manifest), *other_packages(run.manifest, again.manifest)]


def as_object(run: "RunRecord", again: "RunRecord", found: "list[Difference]", results: "tuple[Result, ...]") -> dict[str, Any]:
    """The comparison as JSON."""
    return {
        "format_version": FORMAT_VERSION,
        "run": str(run.path),
        "rerun": str(again.path),
        "identical": all(result.difference is None for result in results),
        "provenance": [{"what": d.what, "run": d.run, "now": d.now} for d in found],
        "results": [{"what": r.what, "identical": r.difference is None, "difference": r.difference} for r in results],
    }


def page(again: "RunRecord", found: "list[Difference]", results: "tuple[Result, ...]") -> str:
    """The comparison as text."""
    rows = [(d.what, f"the run's {d.run}, now {d.now}") for d in found]
    environment = fields(rows) if rows else "the same\n"
    return (
        f"environment\n\n{environment}\nresults\n\n"
        + fields([(r.what, "identical" if r.difference is None else f"differs: {r.difference}") for r in results])
        + f"\nthe repetition is in {again.path}\n"
    )
