"""`spikegraph stats --plan`: what search and training will need of a device, as a table or JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.base.errors import UntrainableError
from spikegraph.base.memory import shown
from spikegraph.cli.diagnostics import report
from spikegraph.cli.settings import Settings
from spikegraph.cli.spec_options import SpecOptions
from spikegraph.cli.streams import notice, out_json, out_text
from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from spikegraph.analysis.devices import Device, PlanPrecision
    from spikegraph.backends.torch.forecast.phases import Forecast, PhaseForecast

FORMAT_VERSION = 1


def print_plan(
    spec: Path, options: SpecOptions, name: str, *, precision: "PlanPrecision", as_json: bool, settings: Settings
) -> None:
    """Prints what the phases of a spec will need of the device of this name.

    Raises:
        UsageError: There is no such device, or what is deployed was asked for.
        UntrainableError: The spec has no `search` and no `retrain`, or not that of the phase that was asked for.
    """
    device = device_of(name)
    if options.phase == "deploy":
        raise click.UsageError("--plan is about search and training; leave out --phase deploy")
    from spikegraph.backends.torch.forecast.phases import Forecast  # noqa: PLC0415 (imports torch)

    program = options.read(spec).checked()
    forecast = Forecast(program, device, precision)
    if program.spec.search is None and program.spec.retrain is None:
        raise UntrainableError(f"{program.name} has no `search` and no `retrain`", "add one to the spec")
    wanted = ("search", "retrain") if options.phase is None else (options.phase,)
    phases = [phase for name in wanted if (phase := getattr(forecast, name)) is not None]
    if not phases:
        raise UntrainableError(f"{program.name} has no `{wanted[0]}`", f"add one to the spec, or leave out --phase {wanted[0]}")
    if as_json:
        out_json(as_object(forecast, phases, str(spec)))
    else:
        report(program.resolved.diagnostics, settings)
        out_text(page(forecast, phases))


def device_of(name: str) -> "Device":
    """The device of this name; prints the table of all if there is none.

    Raises:
        UsageError: There is none.
    """
    from spikegraph.analysis.devices import DEVICES  # noqa: PLC0415 (slow to import)

    if name not in DEVICES:
        from spikegraph.base.nearest import did_you_mean  # noqa: PLC0415 (only for the message)
        from spikegraph.plugins.registry import HINT  # noqa: PLC0415

        notice(devices())
        help = did_you_mean(name, DEVICES) or "those above are known"
        raise click.UsageError(f"no device is called `{name}`; {help} {HINT}")
    return DEVICES[name]


def devices() -> str:
    """The table of all devices: memory, bandwidth, and operations a second without skipped zeros."""
    from spikegraph.analysis.devices import DEVICES  # noqa: PLC0415 (slow to import)

    rows: list[Sequence[str]] = [("name", "memory", "TB/s", "fp32", "tf32", "bf16", "what, and where the figures are from")]
    for device in DEVICES.values():
        rates = device.rates or {}
        figures = [f"{rates[unit] / 1e12:.4g}" if unit in rates else "-" for unit in ("float32", "tf32", "bf16")]
        memory = "-" if device.memory is None else shown(device.memory)
        bandwidth = f"{device.bandwidth / 1e12:.4g}" if device.bandwidth else "-"
        rows.append((device.name, memory, bandwidth, *figures, f"{device.doc}; {device.source}"))
    return table(rows, right=(1, 2, 3, 4, 5), wrap=6) + "rates are in TFLOP/s\n"


def page(forecast: "Forecast", phases: "list[PhaseForecast]") -> str:
    """The table of the phases, and below it what isn't known and what memory is counted."""
    device = forecast.device
    head = ("phase", "batch", "T", "weights", "gradients", "optimizer", "kept", "at most", "steps", "a step", "hours")
    rows = [
        (
            phase.phase,
            f"{phase.run.batch}",
            f"{phase.time}",
            *(shown(size) for size in sizes(phase).values()),
            "?" if phase.steps.all is None else f"{phase.steps.all:,}",
            "?" if phase.seconds is None else seconds_text(phase.seconds),
            "?" if phase.hours is None else f"{phase.hours:.3g}",
        )
        for phase in phases
    ]
    text = table((head, *rows), right=range(1, len(head)), drop=(3, 4, 5, 1, 2))
    return f"{device.name}: {device.doc}, {forecast.precision}; {device.source}\n\n{text}{notes(forecast, phases)}"


def notes(forecast: "Forecast", phases: "list[PhaseForecast]") -> str:
    """Sentences on memory, on numbers that aren't known, and on a drawn architecture."""
    lines: list[str] = []
    if forecast.device.memory is not None:
        lines += [
            f"{phase.phase}: {shown(phase.memory)} of {shown(forecast.device.memory)}"
            + ("" if phase.memory <= forecast.device.memory else f"; too much: use a smaller `{phase.phase}.batch`")
            for phase in phases
        ]
    elif forecast.processor is not None and forecast.processor.process:
        lines.append(f"the process itself takes about {shown(forecast.processor.process)} more")
    for phase in phases:
        if phase.guess:
            lines.append(f"{phase.phase}: without a genotype, of an architecture that is drawn at random")
        if phase.of_one_step:
            lines.append(
                f"{phase.phase}: only the data tell how many time steps a sample of `{phase.run.dataset}` has; these are the "
                "numbers of one step, and what is kept, at most, and a step's time grow with them"
            )
        if phase.steps.all is None:
            dataset, key = phase.run.dataset, f"{phase.phase}.epoch_samples"
            lines.append(f"{phase.phase}: how many samples `{dataset}` has isn't known; give --set {key}=N for the hours")
        if phase.seconds is None:
            lines.append(f"{phase.phase}: the time of a step isn't known: {phase.unknown}")
    return "".join(f"{line}\n" for line in lines)


def sizes(phase: "PhaseForecast") -> dict[str, int]:
    """Bytes by what they hold."""
    counts = phase.counts
    return {
        "weights": counts.weights,
        "gradients": counts.gradients,
        "optimizer": counts.states,
        "kept": counts.saved,
        "most": phase.memory,
    }


def seconds_text(seconds: float) -> str:
    """A time with three digits: `12.3 ms`."""
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def as_object(forecast: "Forecast", phases: "list[PhaseForecast]", spec: str) -> dict[str, Any]:
    """The prediction as JSON; `spec` is the path on the command line."""
    device, processor = forecast.device, forecast.processor
    return {
        "format_version": FORMAT_VERSION,
        "spec": spec,
        "device": {"name": device.name, "doc": device.doc, "source": device.source, "memory_bytes": device.memory},
        "precision": forecast.precision,
        "process_bytes": None if processor is None else processor.process,
        "phases": [
            {
                "phase": phase.phase,
                "batch": phase.run.batch,
                "time_steps": phase.time,
                "of_one_step": phase.of_one_step,
                "bytes": sizes(phase),
                "flops": phase.counts.flops,
                "moved_bytes": phase.counts.moved,
                "operations": phase.counts.calls,
                "steps": phase.steps.all,
                "step_seconds": phase.seconds,
                "hours": phase.hours,
                "drawn_architecture": phase.guess,
            }
            for phase in phases
        ],
    }
