"""`spikegraph data`."""

from pathlib import Path

import click

from spikegraph.cli.settings import common_options, json_option
from spikegraph.cli.streams import notice, out, out_json

FORMAT_VERSION = 1


@click.group("data")
def command() -> None:
    """Make the built-in sample, or check recordings."""


@command.command("sample")
@click.option(
    "-o",
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Output folder. Default: the cache.",
)
@json_option
@common_options
def sample(folder: Path | None, as_json: bool) -> int:
    """Make the built-in recording: a real stereo pair and simulated events, in MVSEC's layout.

    Downloads nothing; every call writes the same bytes. The cache keeps the recording for later calls.
    """
    from spikegraph.data.mvsec import DATA_SUFFIX, TRUTH_SUFFIX  # noqa: PLC0415 (slow to import)
    from spikegraph.data.sample import DURATION_S, GENERATOR_VERSION, ORIGIN, SAMPLE_NAME, sample_folder, write_sample  # noqa: PLC0415

    notice(f"making a recording of {DURATION_S:g} s takes about as long; a cached one is reused")
    if folder is None:
        folder = sample_folder()
        files = tuple(folder / f"{SAMPLE_NAME}{suffix}" for suffix in (DATA_SUFFIX, TRUTH_SUFFIX))
    else:
        files = write_sample(folder)
    if as_json:
        found = {
            "folder": str(folder),
            "files": [str(f) for f in files],
            "origin": ORIGIN,
            "generator_version": GENERATOR_VERSION,
        }
        out_json({"format_version": FORMAT_VERSION, **found})
    else:
        notice(ORIGIN)
        out("\n".join(map(str, files)))
    return 0


@command.command("check")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@json_option
@common_options
def check(folder: Path, as_json: bool) -> int:
    """List the recordings in a folder, with their contents and all problems.

    Exits with 0 if there is no problem, otherwise with 1.
    """
    from spikegraph.data.check import check as check_folder  # noqa: PLC0415 (slow to import)

    report = check_folder(folder)
    if as_json:
        out_json(report.json())
    else:
        out(report.text())
    return int(not report.sound)
