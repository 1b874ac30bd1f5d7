"""`spikegraph export`."""

from pathlib import Path

import click

from spikegraph.base.visible import visible_name
from spikegraph.cli.duration import TIME_STEP, duration_option
from spikegraph.cli.examples import examples
from spikegraph.cli.output_file import OutputFile, check_output, refuse_read
from spikegraph.cli.run_folders import TRAINED
from spikegraph.cli.settings import common_options
from spikegraph.cli.streams import notice
from spikegraph.cli.validation import validate_option


@click.command("export", epilog=examples("spikegraph export runs/first --to nir -o first.nir"))
@click.argument("run", type=TRAINED, metavar="RUN|DIR|FILE")
@click.option(
    "--to", "target", metavar="FORMAT", required=True, help="Write this format: nir, onnx, python, torch or safetensors."
)
@click.option("-o", "--output", type=OutputFile(dir_okay=True), required=True, metavar="FILE", help="Write to this file.")
@duration_option("--dt", TIME_STEP, "Set the time step of a graph of NIR. Default: 0.1ms.")
@validate_option
@common_options
def command(run: Path, target: str, output: Path, dt: float | None, validate: bool) -> int:
    """Export the trained network of a run for other programs, or as a module of PyTorch for people.

    The export computes the same, or it is refused: each operation that the format can't express is named with its line in the
    spec, and nothing is written. Norms are folded, but not with `--to python`. docs/deploy.md describes the formats.
    """
    from spikegraph.plugins.exports import EXPORTERS, exported, takes  # noqa: PLC0415 (slow to import)

    if target not in EXPORTERS:
        from spikegraph.base.nearest import did_you_mean, listed  # noqa: PLC0415 (only for the message)
        from spikegraph.plugins.registry import HINT  # noqa: PLC0415

        help = did_you_mean(target, EXPORTERS) or f"the formats are {listed(EXPORTERS, last='and')}"
        raise click.UsageError(f"no format is called `{target}`; {help} {HINT}")
    if dt is not None and not takes(target, "dt"):
        others = ", ".join(name for name in EXPORTERS if takes(name, "dt"))
        raise click.UsageError(f"--dt is for {others}; {target} has no time step in seconds")
    refuse_read(output, (run,))
    check_output(output)
    if validate:
        from spikegraph.backends.torch.trained import validated_run  # noqa: PLC0415 (imports torch)

        notice(f"validated deploy: {validated_run(run)}")
    found = exported(target, run, output, **({} if dt is None else {"dt": dt}))
    for note in found.notes:
        notice(f"note: {note}")
    for path in found.written:
        notice(f"wrote {visible_name(path)}")
    return 0
