"""From the data set that a network was trained on to the way in which it takes a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.base.surface import either
from spikegraph.data.events.coding import MICROSECONDS, Grid, joined_size
from spikegraph.data.steps import steps_of
from spikegraph.dsl.schema.sample_type import EventInput
from spikegraph.dsl.spec import Dataset
from spikegraph.streaming.cutting import GAP, WAIT, Cutting
from spikegraph.streaming.origin import Origin, origin_of
from spikegraph.streaming.views import Prepared, View
from spikegraph.tasks import TASKS
from spikegraph.tasks.unlabelled import Unlabelled


@dataclass(frozen=True)
class Wishes:
    """What the user asks for in place of what follows from the data set; None for that.

    Attributes:
        step_us: Length of a step in microseconds.
        step_events: Number of events of a step.
        gap_us: The longest time without events within a sequence, in microseconds.
        wait_us: For how long a step is kept open for late events, in microseconds.
        restart: Number of steps after which the state of the network begins anew; 0 for never.
    """

    step_us: int | None = None
    step_events: int | None = None
    gap_us: int | None = None
    wait_us: int | None = None
    restart: int | None = None


def events_of(dataset: Dataset) -> EventInput:
    """How events become the inputs of a network that was trained on a data set.

    Raises:
        DataError: Its samples aren't of events.
    """
    if (events := dataset.events()) is None:
        what = f"the network was trained on samples of `{dataset.name}`, which aren't recordings of events"
        raise DataError(what, help="stream takes networks for stereo, or for data sets with an encoding of events")
    return events


def origin_for(dataset: Dataset, recording: Path, right: Path | None, sensor: tuple[int, int] | None) -> Origin:
    """Where events are from, which are read as the recordings of the data set are: `origin_of`.

    Args:
        dataset: The data set that the network was trained on.
        recording: As of `origin_of`.
        right: As of `origin_of`.
        sensor: Height and width of the sensors, in place of what data set and files tell.

    Raises:
        DataError: As `origin_of`; or the data set's samples aren't of events.
    """
    events = events_of(dataset)
    known = sensor if events.rectified else sensor or events.sensor
    return origin_of(recording, right, events.cameras, known, rectified=events.rectified, source=dataset.source)


def cutting_of(events: EventInput, name: str, wishes: Wishes, *, whole: bool) -> Cutting:
    """How a stream is cut, as the samples of the data set were where nothing else is asked for.

    Args:
        events: How the samples were made.
        name: The name of the data set.
        wishes: What the user asks for.
        whole: Whether an output is about a whole sample, such as `mean(time)`: the state then begins anew after its steps.

    Raises:
        DataError: The data set doesn't tell how long a step is, or the gap is shorter than a step.
    """
    restart = (events.steps if whole else None) if wishes.restart is None else wishes.restart or None
    made = replace(_lengths(events, name, wishes), wait=WAIT if wishes.wait_us is None else wishes.wait_us, restart=restart)
    gap = max(GAP, round(made.step_us)) if made.by == "time" else GAP
    made = replace(made, gap=gap if wishes.gap_us is None else wishes.gap_us)
    if made.by == "time" and made.gap < made.step_us:
        shown = f"a gap of {made.gap:,} microseconds is shorter than a step of {made.step_us:,.0f}"
        raise DataError(shown, help=f"give a longer {either('--gap', 'gap_s')}")
    return made


def _lengths(events: EventInput, name: str, wishes: Wishes) -> Cutting:
    if wishes.step_us is not None:
        return Cutting("time", wishes.step_us)
    if wishes.step_events is not None:
        return Cutting("count", wishes.step_events)
    if events.by == "time" and events.duration is not None:
        return Cutting("time", max(1, round(events.duration * MICROSECONDS)), events.parts)
    each = f"each recording of `{name}` was divided into {events.steps} steps"
    if events.by == "time":
        how = either("--step, such as --step 50ms", "step_s, in seconds, such as step_s=0.05")
        raise DataError(f"{each} of equal length, so no length follows", help=f"give one with {how}")
    how = either("--step, such as --step 2000", "step_events, such as step_events=2000")
    raise DataError(f"{each} of equally many events, so no number follows", help=f"give one with {how}")


def prepared_of(dataset: Dataset) -> Prepared:
    """How the samples of a data set are prepared in evaluation.

    Raises:
        DataError: They aren't of events.
    """
    events = events_of(dataset)
    task = Unlabelled(TASKS[dataset.task_name])
    return Prepared(events.encoding, events.parameters, steps_of(dataset.augment), task, events.rows)


def views_of(dataset: Dataset, inputs: Mapping[str, tuple[int, ...]], origin: Origin) -> tuple[View, ...]:
    """What makes the inputs of a network, by the shape [C, H, W] of each.

    Raises:
        DataError: Nothing tells the size of the sensor, or it doesn't suit the network.
    """
    events = events_of(dataset)
    sensor = origin.sensor or events.sensor
    if sensor is None:
        summary = "nothing tells the size of the sensor"
        how = either("--sensor 260x346", "sensor=(260, 346)")
        raise DataError(summary, origin.files[0].path, f"give its height and width, such as {how}")
    names, how = list(inputs) if len(inputs) == 1 else list(dataset.views), prepared_of(dataset)
    grids = [Grid(sensor, joined_size(sensor, events.size, file.path)) for file in origin.files]
    return tuple(
        View(name, camera, file, how, grid, None if origin.maps is None else origin.maps[camera])
        for camera, (name, file, grid) in enumerate(zip(names, origin.files, grids, strict=True))
    )
