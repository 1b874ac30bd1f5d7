"""`spikegraph data show`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.base.resources import is_kept
from spikegraph.cli.examples import examples
from spikegraph.cli.output_file import check_output
from spikegraph.cli.partners import require_partner
from spikegraph.cli.run_text import number
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.spec_options import PICTURE, SPEC, SpecOptions
from spikegraph.cli.streams import notice, out_json, out_text
from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from spikegraph.data.statistics import InputStatistics, Statistics

FORMAT_VERSION = 1
MOST_COUNTED = 1000
"""Samples that the statistics look at."""

PARTS = ("train", "test")
SUFFIXES = (".png", ".gif")


@click.command(
    "show",
    epilog=examples(
        "spikegraph data show builtin:events",
        "spikegraph data show builtin:events -o samples.png",
        "spikegraph data show net.sdhs --data recordings --part test -o samples.gif",
    ),
)
@click.argument("spec", type=SPEC, metavar="SPEC|RUN")
@click.option(
    "-o", "--output", type=PICTURE, metavar="FILE.{png,gif}", help="Draw samples; .gif is an animation over the time steps."
)
@click.option("--samples", type=click.IntRange(1, 100), default=6, show_default=True, help="Draw this many, spread evenly.")
@click.option("--part", type=click.Choice(PARTS), default="train", show_default=True, help="Take the samples of this part.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Read the data in this folder. Default: the spec's or the run's, or a small built-in sample, with a notice.",
)
@click.option("--profile", metavar="NAME", help="Apply a profile of the spec.")
@click.option("--set", "overrides", metavar="PATH=VALUE", multiple=True, help="Set a value of the spec, after the profile.")
@json_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    spec: Path,
    output: Path | None,
    samples: int,
    part: str,
    data: Path | None,
    profile: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> int:
    """Print statistics of a spec's samples, or draw some of them.

    Samples are drawn as the network gets them: encoded, and those for training augmented.
    """
    require_partner("-o", output, "samples")
    if as_json and output is not None:
        raise click.UsageError("--json can't be combined with -o, which draws samples")
    if output is not None:
        check_output(output)
    from spikegraph.api.shown_data import read_shown  # noqa: PLC0415 (slow to import)
    from spikegraph.data.statistics import statistics  # noqa: PLC0415 (slow to import)
    from spikegraph.program.sample_profile import with_sample  # noqa: PLC0415 (slow to import)

    if is_kept(spec) and profile is None:
        from spikegraph.program.kept import kept  # noqa: PLC0415 (slow to import)

        data = kept(spec).data(data)
    program, said = with_sample(SpecOptions(None, None, profile, overrides).read(spec), data)
    if said is not None:
        notice(said)
    found = read_shown(program.checked(), data)
    for note in found.sets.notes:
        notice(f"note: {note}")
    if output is None:
        values = statistics(found.spread(part, MOST_COUNTED))
        if as_json:
            out_json({"format_version": FORMAT_VERSION, "source": found.sets.source, "part": part, **_json(values, found)})
        else:
            out_text(_text(values, found, part))
        return 0
    _draw(output, found, part, samples)
    return 0


def _draw(output: Path, found: Any, part: str, samples: int) -> None:
    from spikegraph.backends.report.sample_sheet import animation, sheet  # noqa: PLC0415 (slow to import)
    from spikegraph.base.files import write_whole  # noqa: PLC0415 (slow to import)

    if output.suffix.lower() not in SUFFIXES:
        raise click.BadParameter(f"pictures of samples are {' or '.join(SUFFIXES)} files", param_hint="'-o'")
    shown = list(found.spread(part, samples))
    try:
        draw = animation if output.suffix.lower() == ".gif" else sheet
        content = draw(shown, signed=found.signed, classes=found.sets.about.classes)
    except ValueError as error:
        raise click.BadParameter(f"{error}; write a .png file", param_hint="'-o'") from error
    write_whole(output, content)


def _text(values: Statistics, found: Any, part: str) -> str:
    """The statistics as tables."""
    classes, unit = found.sets.about.classes, "pixels" if found.sets.task.pixels else "numbers"
    parts = [f"data: {found.sets.source}\n"]
    rows = [("class", *PARTS)] if found.per_class(part) else [("part", "samples")]
    if found.per_class(part):
        rows += [(name, *(f"{found.per_class(p).get(name, 0):,}" for p in PARTS)) for name in found.per_class(part)]
        rows.append(("all", *(f"{found.counts[p]:,}" for p in PARTS)))
        parts.append(table(rows, right=(1, 2)))
    else:
        parts.append(table([*rows, *((p, f"{found.counts[p]:,}") for p in PARTS)], right=(1,)))
    for name, value in values.inputs.items():
        parts.append(f"\n{name} {list(value.shape)}, {part}, {values.samples:,} samples looked at\n")
        parts.append(table(_channels(value), right=range(1, 6)))
        if value.steps:
            parts.append(f"\nnot 0 at each time step, %: {'  '.join(number(100 * v) for v in value.steps)}\n")
    if values.labels:
        other = "{}, not a class" if classes else "label {}"
        named = [(classes[k] if k < len(classes) else other.format(k), number(100 * v)) for k, v in values.labels.items()]
        parts.append("\n" + table([("label", f"{unit} %"), *named], right=(1,)))
    if values.truth is not None and values.known is not None:
        low, mean, high = map(number, values.truth)
        parts.append(f"\ntruth: {low} to {high}, mean {mean}; known for {number(100 * values.known)} % of the {unit}\n")
    return "".join(part if part.endswith("\n") else f"{part}\n" for part in parts)


def _channels(value: InputStatistics) -> list[tuple[str, ...]]:
    rows = [
        (str(k), *(number(v) for v in (c.mean, c.std, c.least, c.most, 100 * c.nonzero))) for k, c in enumerate(value.channels)
    ]
    return [("channel", "mean", "std", "least", "most", "not 0 %"), *rows]


def _json(values: Statistics, found: Any) -> dict[str, Any]:
    inputs = {
        name: {"shape": list(v.shape), "channels": [vars(c) for c in v.channels], "nonzero_by_step": list(v.steps)}
        for name, v in values.inputs.items()
    }
    truth = None if values.truth is None else dict(zip(("least", "mean", "most"), values.truth, strict=True))
    return {
        "samples": dict(found.counts),
        "classes": {p: dict(found.per_class(p)) for p in PARTS},
        "looked_at": values.samples,
        "inputs": inputs,
        "labels": {str(k): v for k, v in values.labels.items()},
        "truth": truth,
        "known": values.known,
    }
