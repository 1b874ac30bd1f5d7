"""`spikegraph pretrain`."""

import shlex
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.base.files import write_whole
from spikegraph.base.resources import BUILTIN, builtin_specs, description
from spikegraph.base.visible import visible_name
from spikegraph.cli.examples import examples
from spikegraph.cli.run_options import RunOptions, training_options
from spikegraph.cli.settings import Settings, common_options
from spikegraph.cli.spec_options import SpecOptions
from spikegraph.cli.streams import notice

if TYPE_CHECKING:
    from spikegraph.analysis.card import Subject
    from spikegraph.runs.record import RunRecord

FOLDER = "pretrained/"
"""Begins the names of the bundled specs that can be pretrained."""

OPTIONS = (
    *("data", "download", "out", "seed", "resume"),
    *("device", "precision", "deterministic", "checkpoint_every", "tensorboard"),
)
"""Those of `compile --train` that are for one network without a search."""


def _complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in _specs() if name.startswith(incomplete)]


@click.command("pretrain", epilog=examples("spikegraph pretrain images", "spikegraph pretrain images --data fashion --out big"))
@click.argument("name", metavar="NAME", shell_complete=_complete)
@partial(training_options, names=OPTIONS)
@common_options
@click.pass_obj
def command(settings: Settings, name: str, run: RunOptions) -> int:
    """Train a small network to start from with data of your own, in minutes.

    images: grey images of 28 x 28 pixels, on the small Fashion-MNIST of the package, or with --data on all of it. The run's
    folder, by default runs/NAME, gets a card, card.md, with what it is, its accuracy and how to fine-tune it.
    """
    from spikegraph.cli.training import train  # noqa: PLC0415

    spec = _spec(name)
    out = Path("runs", name) if run.out is None else run.out
    status = train(spec, SpecOptions(None, None, None, ()), replace(run, out=out), settings)
    from spikegraph.analysis.card import NAME, card  # noqa: PLC0415 (slow to import)
    from spikegraph.runs.record import read_run  # noqa: PLC0415

    found = read_run(out)
    write_whole(out / NAME, card(found, _subject(name, spec, found)))
    notice(f"wrote {visible_name(out / NAME)}: what the network is, and how to fine-tune it")
    return status


def _specs() -> dict[str, Path]:
    """The bundled specs of the networks, by name."""
    return {spec.removeprefix(FOLDER): path for spec, path in builtin_specs().items() if spec.startswith(FOLDER)}


def _spec(name: str) -> Path:
    """The bundled spec of a network.

    Raises:
        UsageError: There is none of this name.
    """
    found = _specs()
    if name not in found:
        from spikegraph.base.nearest import did_you_mean, listed  # noqa: PLC0415 (only for the message)

        help = did_you_mean(name, found) or f"there are {listed(found, last='and')}"
        raise click.UsageError(f"there is no network `{visible_name(name)}` to pretrain; {help}")
    return found[name]


def _subject(name: str, spec: Path, run: "RunRecord") -> "Subject":
    """What the card says beside the run."""
    from spikegraph.analysis.card import Subject  # noqa: PLC0415 (slow to import)
    from spikegraph.program.run_program import run_program  # noqa: PLC0415
    from spikegraph.program.sample_profile import training  # noqa: PLC0415

    program = run_program(run)
    retrain, dataset = training(program)
    inputs = ", ".join(f"`{each.name}` {list(each.value.shape)}" for each in program.build("retrain").graph.inputs().values())
    bundled = f"{BUILTIN}{FOLDER}{name}"
    folder, classes = shlex.quote(str(run.path)), f"--set {retrain.network}.classes=2"
    fine_tune = [
        "# own/CLASS/*.png or .jpg, of any size; 2 is the number of your classes",
        f"spikegraph compile {bundled} --profile own {classes} --train --data own --weights {folder}",
    ]
    return Subject(
        f"{name}, pretrained",
        description(spec),
        f"`{retrain.network}` of `{bundled}`, input {inputs}",
        dataset.origin.licence or "that of the data",
        {"Fine-tune it": fine_tune, "Use it": [f"spikegraph predict {folder} new/*.png -o predictions"]},
    )
