"""`spikegraph stream`."""

import re
import time
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.cli.devices import best_device
from spikegraph.cli.duration import Duration, duration_option
from spikegraph.cli.examples import examples
from spikegraph.cli.run_folders import TRAINED
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.streams import notice, out, out_json
from spikegraph.cli.text_table import fields

if TYPE_CHECKING:
    from spikegraph.streaming.running import Counted

LENGTH = Duration("50ms", "1us")
"""The type of lengths of time among events, whose time stamps are microseconds."""

PIPE = "-"
"""In place of a recording: standard input; in place of a folder: standard output."""

EVERY_S = 10.0
"""Seconds from one line about the progress to the next."""


def _microseconds(context: click.Context, parameter: click.Parameter, value: float | None) -> int | None:
    """The callback of an option whose value is a duration."""
    return None if value is None else round(value * 1e6)


def _step(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int | None, int | None]:
    """A duration in microseconds, or a number of events."""
    if value is not None and re.fullmatch(r"[1-9][0-9]{0,8}", value):
        return None, int(value)
    return None if value is None else _microseconds(context, parameter, LENGTH.convert(value, parameter, context)), None


def _sensor(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", value)
    if found is None:
        raise click.BadParameter(f"`{value}` isn't a size; write height x width in pixels, such as 260x346")
    return int(found[1]), int(found[2])


@click.command(
    "stream",
    epilog=examples(
        "spikegraph stream runs/first recording.aedat4 -o results", "spikegraph stream runs/first - -o - --step 50ms"
    ),
)
@click.argument("run", type=TRAINED, metavar="RUN|DIR|FILE")
@click.argument("recording", type=click.Path(path_type=Path, exists=True, allow_dash=True), metavar="RECORDING")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DIR",
    help="Write the results into this folder; - writes a line of JSON for each step to standard output instead.",
)  # fmt: skip
@click.option(
    "--to", "formats", multiple=True, metavar="FORMAT", help="Write hdf5, png or mp4; may be repeated. Default: hdf5."
)
@click.option(
    "--right",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Read the right camera from this recording.",
)
@click.option(
    "--step",
    "length",
    callback=_step,
    metavar="LENGTH",
    help="Make time steps of this length: 50ms (us, ms, s, m or h), or 2000 for so many events. Default: the data set's.",
)
@click.option(
    "--restart",
    type=click.IntRange(0),
    metavar="N",
    help="Begin anew without a state after N steps, 0 for never. Default: after a sample's if an output is about a whole one.",
)
@duration_option("--gap", LENGTH, "Begin anew where time stamps jump by more than this. Default: 1s.", callback=_microseconds)
@duration_option("--wait", LENGTH, "Keep a step open for late events for this long. Default: 1ms.", callback=_microseconds)
@click.option(
    "--sensor",
    callback=_sensor,
    metavar="HxW",
    help="Take this height and width of the sensor. Default: what the data set or else the recording tells.",
)
@click.option("--format", "pipe", metavar="FORMAT", help="Read standard input as csv (t,x,y,p lines) or binary. Default: csv.")
@click.option(
    "--unit",
    type=click.Choice(("ns", "us", "ms", "s")),
    help="Take the time stamps of standard input in this unit; in ms and s they may have decimals. Default: us.",
)
@click.option("--device", metavar="D", help="Use this device: cpu, cuda:1. Default: a GPU if there is one.")
@click.option("--cuda-graph", is_flag=True, help="Run each step as one CUDA graph, on a CUDA device (docs/speed.md).")
@json_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    run: Path,
    recording: Path,
    output: Path,
    formats: tuple[str, ...],
    right: Path | None,
    length: tuple[int | None, int | None],
    restart: int | None,
    gap: int | None,
    wait: int | None,
    sensor: tuple[int, int] | None,
    pipe: str | None,
    unit: str | None,
    device: str | None,
    cuda_graph: bool,
    as_json: bool,
) -> int:
    """Run a trained network over a recording of events, or over events as they come from a camera.

    RECORDING is a file in any format of events, a folder of a sequence of DSEC, or - for a pipe. Each result is written as soon
    as its time step is over. docs/deploy.md describes the files, and what happens to late events, gaps and damaged recordings.
    """
    from spikegraph.backends.torch.streaming import Task, stream_run  # noqa: PLC0415 (imports torch)
    from spikegraph.base.errors import Interrupted  # noqa: PLC0415
    from spikegraph.base.interrupt import Interrupt  # noqa: PLC0415
    from spikegraph.base.progress import reporter  # noqa: PLC0415
    from spikegraph.streaming.pipes import PIPES  # noqa: PLC0415
    from spikegraph.streaming.plan import Wishes  # noqa: PLC0415
    from spikegraph.streaming.results import WRITERS  # noqa: PLC0415
    from spikegraph.streaming.running import Counted  # noqa: PLC0415

    live, lines = str(recording) == PIPE, str(output) == PIPE
    if pipe is not None and not live:
        raise click.UsageError("--format is for events from standard input; the format of a file follows from its name")
    if unit is not None and not live:
        raise click.UsageError("--unit is for events from standard input; a file says in which unit its time stamps are")
    if lines and (formats or as_json):
        raise click.UsageError(
            f"{'--to' if formats else '--json'} doesn't go with `-o -`, which writes lines to standard output"
        )
    for name, known, option in [*((name, WRITERS, "--to") for name in formats), (pipe or "csv", PIPES, "--format")]:
        if name not in known:
            raise click.UsageError(_unknown(name, known, option))
    if unit is not None and PIPES[pipe or "csv"].of_unit is None:
        raise click.UsageError(f"--unit doesn't go with --format {pipe}, whose time stamps have a unit of their own")
    step_us, step_events = length
    wishes = Wishes(step_us, step_events, gap, wait, restart)
    place = device or best_device()
    how = (pipe or "csv", unit, formats or ("hdf5",), place, cuda_graph)
    task = Task(run, recording, None if lines else output, right, sensor, wishes, *how)
    counted = Counted()
    with Interrupt() as interrupt:
        try:
            stream_run(
                task,
                counted=counted,
                emit=out if lines else None,
                reporter=reporter(settings.color),
                stopped=lambda: interrupt.requested,
                progress=_Lines(),
            )
        finally:
            if counted.steps and not lines:
                if as_json:
                    out_json(counted.described())
                else:
                    _print(counted)
        if counted.ended == "interrupted":
            raise Interrupted(None)
    return 0


def _unknown(name: str, known: Collection[str], option: str) -> str:
    from spikegraph.base.nearest import did_you_mean, listed  # noqa: PLC0415 (only for the message)
    from spikegraph.plugins.registry import HINT  # noqa: PLC0415

    help = did_you_mean(name, known) or f"the formats are {listed(known, last='and')}"
    return f"{option}: no format is called `{name}`; {help} {HINT}"


class _Lines:
    """Prints a line about the progress every few seconds."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, counted: "Counted") -> None:
        """Called after each step."""
        now = time.monotonic()
        if now - self._last < EVERY_S:
            return
        self._last = now
        median, most = (counted.latencies.percentile(p) for p in (50, 99))
        covered = f"{counted.covered_us / 1e6:,.1f} s of events"
        notice(f"{counted.steps:,} steps  {covered}  latency {median:.1f} ms, 99 % within {most:.1f} ms")


def _print(counted: "Counted") -> None:
    found = counted.latencies
    rows = [
        ("steps", f"{counted.steps:,} in {counted.sequences:,} sequence{'s'[: counted.sequences != 1]}"),
        ("events", f"{counted.events:,}, and {counted.late:,} that came too late"),
        ("time", f"{counted.covered_us / 1e6:,.3f} s of events in {counted.seconds:,.1f} s"),
        ("throughput", f"{counted.throughput:,.0f} events/s, {counted.speed:.2f} times real time"),
        ("latency", f"median {found.percentile(50):.2f} ms, 99 % within {found.percentile(99):.2f} ms"),
    ]
    if counted.without_image:
        rows.insert(1, ("left out", f"{counted.without_image:,} steps without an image that is recent enough"))
    if counted.unused:
        rows.insert(2, ("left over", f"{counted.unused:,} events, too few for a step"))
    out(fields(rows))
