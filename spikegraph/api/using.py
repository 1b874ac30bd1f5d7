"""What a trained network is used for, wherever it is from: `evaluate`, `predict`, `stream`, `export`, `package`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikegraph.api.places import Trained, model_of, place_of
from spikegraph.base.errors import ArgumentError
from spikegraph.plugins.notes import naming_plugins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spikegraph.data.given import Pairs
    from spikegraph.plugins.exports import Exported
    from spikegraph.streaming.plan import Wishes
    from spikegraph.streaming.running import Counted


MOST, LARGEST_SENSOR = 999_999_999, 99_999
"""The largest numbers of steps and of events of a step, and the largest side of a sensor in pixels, that `stream` takes."""


def evaluate(
    network: Trained, dataset: Pairs | None = None, *, data: str | Path | None = None, stream: bool = False
) -> dict[str, float]:
    """The metrics of a trained network on a test set.

    A model is evaluated as it is, on its device; a run, a folder or a file in its deployed form, on the CPU.

    Args:
        network: A run, a model, an imported one, or the path of a run, of a model's folder or of a deployed file.
        dataset: Pairs of a value and its target, as of `fit`; by default the test set of the spec's `retrain`.
        data: The folder of the spec's data; by default that of its training.
        stream: Feed one time step at a time.

    Returns:
        The metrics by name, with their units, such as `accuracy_percent`.

    Raises:
        DataError: A sample has another form, or the data are missing or damaged.
        UntrainableError: The spec has no `retrain`, and no data set is given.
        ArgumentError: It is no trained network.
    """
    from spikegraph.backends.torch.in_memory import evaluated  # noqa: PLC0415 (needs torch)

    with naming_plugins():
        return evaluated(model_of(network), dataset, None if data is None else Path(data), stream=stream)


def predict(network: Trained, samples: str | Path | Sequence[Any]) -> list[dict[str, Any]]:
    """What samples without labels show.

    Args:
        network: A run, a model, an imported one, or the path of a run, of a model's folder or of a deployed file.
        samples: Files as the spec's data set has them, one or several; or an array or tensor of samples before `augment`,
            [N, C, H, W], or
            [N, T, C, H, W] with time steps, floating-point numbers, or uint8 (which are divided by 255).

    Returns:
        For each sample its name as `file`, and what the task says: a class by its name with its probability, numbers, or a map
        [H, W] or [K, H, W] as `map`.

    Raises:
        DataError: A file can't be read, or isn't what the network takes.
        ArgumentError: It is no trained network.
    """
    from spikegraph.backends.torch.in_memory import predicted  # noqa: PLC0415 (needs torch)

    with naming_plugins():
        return predicted(model_of(network), samples)


def stream(
    network: Trained,
    recording: str | Path,
    out: str | Path,
    *,
    step_s: float | None = None,
    step_events: int | None = None,
    restart: int | None = None,
    gap_s: float | None = None,
    right: str | Path | None = None,
    sensor: tuple[int, int] | None = None,
    formats: Sequence[str] = ("hdf5",),
    device: str = "cpu",
) -> Counted:
    """Runs a trained network over a recording of events, and writes each result as soon as its time step is over.

    Args:
        network: A run, a model, an imported one, or the path of a run, of a model's folder or of a deployed file.
        recording: A file in any format of events, or a folder of a sequence of DSEC.
        out: The folder of the results.
        step_s: Make time steps of this length, in seconds; by default as the spec's data set does.
        step_events: Make time steps of so many events.
        restart: Begin anew without a state after so many steps, 0 for never; by default after a sample's if an output is about
            a whole one.
        gap_s: Begin anew where time stamps jump by more seconds than this; by default 1.
        right: The recording of the right camera, if it is another file.
        sensor: Height and width of the sensor in pixels; by default what the data set or else the recording tells.
        formats: `hdf5`, `png` or `mp4`, one or several.
        device: The device, as torch names it.

    Returns:
        What was counted: steps, events, latencies.

    Raises:
        DataError: The recording is damaged; the results before are there then.
        NotStreamableError: An operation needs later time steps.
        ArgumentError: There is no such format, a number can't be, or it is no trained network.
    """
    from spikegraph.backends.torch.streaming import Task, stream_run  # noqa: PLC0415 (needs torch)
    from spikegraph.base.arguments import one_of, strings  # noqa: PLC0415
    from spikegraph.streaming.results import WRITERS  # noqa: PLC0415

    for each in strings("formats", formats, "FORMAT"):
        one_of("formats", each, tuple(WRITERS))
    wishes, size = _wishes(step_s, step_events, restart, gap_s), None if sensor is None else _size(sensor)
    with naming_plugins(), place_of(network) as place:
        beside = None if right is None else Path(right)
        task = Task(place, Path(recording), Path(out), beside, size, wishes, formats=tuple(formats), device=device)
        return stream_run(task)


def _wishes(step_s: float | None, step_events: int | None, restart: int | None, gap_s: float | None) -> Wishes:
    """How a stream is cut, after a check of the numbers; arguments as of `stream`.

    Raises:
        ArgumentError: One can't be.
    """
    from spikegraph.base.arguments import microseconds, whole_number  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.streaming.plan import Wishes  # noqa: PLC0415

    if step_s is not None and step_events is not None:
        raise ArgumentError("`step_s` and `step_events` are both given", "a step has a length or a number of events: give one")
    step_events = None if step_events is None else whole_number("step_events", step_events, MOST, 1)
    restart = None if restart is None else whole_number("restart", restart, MOST)
    step, gap = (None if of is None else microseconds(name, of) for name, of in (("step_s", step_s), ("gap_s", gap_s)))
    return Wishes(step, step_events, gap, None, restart)


def _size(sensor: tuple[int, int]) -> tuple[int, int]:
    """Height and width of a sensor, checked.

    Raises:
        ArgumentError: They can't be.
    """
    from spikegraph.base.arguments import whole_number  # noqa: PLC0415 (importing the package stays cheap)

    if not isinstance(sensor, tuple | list) or len(sensor) != 2:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError(f"`sensor` is {sensor!r}", "give height and width, such as sensor=(260, 346)")
    height, width = (whole_number("sensor", number, LARGEST_SENSOR, 1) for number in sensor)
    return height, width


def export(network: Trained, file: str | Path, *, to: str, **options: Any) -> Exported:
    """Writes a trained network for other programs or as a module of PyTorch for people, as `spikegraph export` does.

    Norms are folded, but not with `to="python"`.

    Args:
        network: A run, a model, an imported one, or the path of a run, of a model's folder or of a deployed file.
        file: The file.
        to: The format: `nir`, `onnx`, `python`, `torch` or `safetensors`, or that of a plug-in.
        options: Those of the format, such as `dt=1e-3` of NIR, the length of a time step in seconds.

    Returns:
        `.written`, the files, and `.notes` on them.

    Raises:
        SpecError: The format can't express an operation, which is named with its line; nothing is written.
        ArgumentError: There is no such format or option, it is no trained network, or the file has the name of a spec.
        NotFoundError: The file is one of a run.
    """
    from spikegraph.base.arguments import one_of  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.plugins.exports import EXPORTERS, exported, takes  # noqa: PLC0415
    from spikegraph.runs.own_files import refuse_own_file, refuse_spec_name  # noqa: PLC0415

    one_of("to", to, tuple(EXPORTERS))
    for name in options:
        if not takes(to, name):
            raise ArgumentError(f"the format `{to}` has no option `{name}`")
    refuse_own_file(Path(file))
    refuse_spec_name(Path(file))
    with naming_plugins(), place_of(network) as place:
        return exported(to, place, Path(file), **options)


def package(network: Trained, folder: str | Path, *, licence: str | None = None) -> Path:
    """Writes a trained network for others: spec, weights and a card, with their hashes.

    `spikegraph.load(folder)` gives the model. Nothing in it is a program: weights are safetensors, and a plug-in is only named.

    Args:
        network: A run, a model, an imported one, or the path of a run or of a model's folder.
        folder: A new or empty folder, or one with a model, which is replaced.
        licence: Under which terms others may use the weights, for the card.

    Returns:
        The folder: `NAME.sdhs`, `weights.safetensors`, `card.md` and `model.json`.

    Raises:
        DataError: The folder has something else.
        ArgumentError: It is no trained network, or a deployed file, whose norms are folded.
    """
    from spikegraph.backends.torch.packaging import package_of  # noqa: PLC0415 (needs torch)

    with naming_plugins(), place_of(network) as place:
        return package_of(place, Path(folder), licence)
