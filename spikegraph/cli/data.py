"""`spikegraph data`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.cli.data_show import command as show
from spikegraph.cli.examples import examples
from spikegraph.cli.settings import Settings, common_options, help_option, json_option
from spikegraph.cli.spec_options import SPEC, SpecOptions
from spikegraph.cli.streams import notice, out, out_json, out_text

if TYPE_CHECKING:
    from spikegraph.dsl.schema.dataset import Dataset
    from spikegraph.dsl.schema.sample_type import SampleType
    from spikegraph.dsl.spec import Run

FORMAT_VERSION = 1


@click.group("data", epilog=examples("spikegraph data sample -o recordings", "spikegraph data check recordings"))
@help_option
def command() -> None:
    """Make the built-in sample, check a folder of data, or look at a spec's samples."""


command.add_command(show)


@command.command("sample", epilog=examples("spikegraph data sample -o recordings"))
@click.option(
    "-o",
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write to this folder. Default: the cache.",
)
@json_option
@common_options
@click.pass_obj
def sample(settings: Settings, folder: Path | None, as_json: bool) -> int:
    """Make the built-in recording: a real stereo pair and simulated events, in MVSEC's layout.

    Downloads nothing; every call writes the same bytes. The cache keeps the recording for later calls.
    """
    from spikegraph.base.progress import reporter  # noqa: PLC0415
    from spikegraph.cli.sample import make_sample  # noqa: PLC0415 (slow to import)
    from spikegraph.data.built_in_recording import GENERATOR_VERSION, ORIGIN  # noqa: PLC0415

    files = make_sample(reporter(settings.color), folder)
    if as_json:
        found = {
            "folder": str(files[0].parent),
            "files": [str(f) for f in files],
            "origin": ORIGIN,
            "generator_version": GENERATOR_VERSION,
        }
        out_json({"format_version": FORMAT_VERSION, **found})
    else:
        notice(ORIGIN)
        out("\n".join(map(str, files)))
    return 0


CHECKED = ("spikegraph data check recordings", "spikegraph data check recordings --spec net.sdhs")


@command.command("check", epilog=examples(*CHECKED))
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR")
@click.option("--spec", type=SPEC, metavar="SPEC", help="Check what the data set that this spec trains on reads.")
@json_option
@common_options
@click.pass_obj
def check(settings: Settings, folder: Path, spec: Path | None, as_json: bool) -> int:
    """List the recordings or images in a folder, with all problems.

    Recordings are in MVSEC's or DSEC's layout, in that of a published event data set such as N-MNIST, in CLASS, or in
    train/CLASS and test/CLASS; images in CIFAR's or MNIST's files, in CLASS, or in train/CLASS and val/CLASS; arrays in
    files. Exits with 0 if there is no problem, otherwise with 1. The files are read in pieces, so that it takes little memory.

    What only a spec can say, such as the size of a sensor that no file tells, is named; with --spec it is checked too.
    """
    from spikegraph.base.progress import reporter  # noqa: PLC0415
    from spikegraph.data.check import check as check_folder  # noqa: PLC0415 (slow to import)

    progress = reporter(settings.color)

    def on_progress(done: int, total: int) -> None:
        if done == 1:
            progress.start("check", total, unit="files")
        progress.advance(done)

    dataset, fits, runs = (None, None, ()) if spec is None else _declared(spec)
    try:
        report = check_folder(folder, on_progress, dataset, fits, runs)
    finally:
        progress.stop()
    if as_json:
        out_json(report.json())
    else:
        out_text(report.text())
    return int(not report.sound)


def _declared(path: Path) -> "tuple[Dataset, Callable[[SampleType, str], None], Sequence[Run]]":
    """The data set that a spec trains on, what compares its samples with the network, and the runs that train on it.

    Raises:
        SpecError, DataError: The spec is wrong, or trains on no data set.
    """
    from spikegraph.elaborate.samples import require_fit  # noqa: PLC0415 (slow to import)
    from spikegraph.program.sample_profile import training  # noqa: PLC0415 (slow to import)

    program = SpecOptions(None, None, None, ()).read(path).checked()
    run, dataset = training(program)
    network = program.space("search" if program.spec.retrain is None else "retrain")
    search = program.spec.search
    searches = (search,) if search is not None and search is not run and search.dataset == run.dataset else ()

    def fits(gives: "SampleType", source: str) -> None:
        require_fit(run, network, gives, source)
        for search in searches:
            require_fit(search, program.space("search"), gives, source)

    return dataset, fits, (run, *searches)
