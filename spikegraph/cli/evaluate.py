"""`spikegraph evaluate`."""

from pathlib import Path

import click

from spikegraph.cli.examples import examples
from spikegraph.cli.run_options import best_device
from spikegraph.cli.run_text import count, number
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.streams import out, out_json, out_text
from spikegraph.cli.text_table import table

FORMAT_VERSION = 1

FORM = """\
measured: the deployed form, with norms folded into convolutions, as `load_run(RUN)` returns it. The run's
summary is of the retrained form, whose sums are rounded differently; so the last digits may differ.
"""


@click.command("evaluate", epilog=examples("spikegraph evaluate runs/first --stream"))
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="RUN")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Read the data in this folder. Default: the run's.",
)
@click.option("--stream", is_flag=True, help="Feed one stack at a time, keeping the state between windows.")
@click.option("--examples", is_flag=True, help="Write a few predictions to the run's folder for `report`.")
@click.option("--device", metavar="D", help="Use this device: cpu, cuda:1. Default: a GPU if there is one.")
@json_option
@common_options
@click.pass_obj
def command(
    settings: Settings, run: Path, data: Path | None, stream: bool, examples: bool, device: str | None, as_json: bool
) -> int:
    """Measure a run's trained network on the test set."""
    from spikegraph.backends.torch.main import evaluate_run  # noqa: PLC0415 (imports torch)
    from spikegraph.progress import reporter  # noqa: PLC0415

    place = device or best_device()
    found = evaluate_run(run, data=data, stream=stream, device=place, examples=examples, reporter=reporter(settings.color))
    if as_json:
        metrics = dict(found.metrics)
        counts = {"samples": found.samples, "seconds": found.seconds}
        out_json({"format_version": FORMAT_VERSION, "phase": "deploy", "metrics": metrics, **counts})
        return 0
    rows = [(name, number(value)) for name, value in found.metrics.items()]
    out(table([("metric", "value"), *rows], right=(1,)))
    out_text(f"\n{count(found.samples, 'sample')} in {found.seconds:.1f} s\n{FORM}")
    return 0
