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
    from collections.abc import Mapping, Sequence

FOLDER = "pretrained/"
"""Begins the names of the bundled specs that can be pretrained."""

LICENCE = "That of this package, as far as there are rights in weights; the licence of the data is above."

OPTIONS = (
    *("data", "download", "out", "seed", "resume"),
    *("device", "precision", "deterministic", "cuda_graph", "checkpoint_every", "log", "tensorboard"),
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
    from spikegraph.backends.torch.card import card  # noqa: PLC0415 (slow to import)
    from spikegraph.program.kept import kept  # noqa: PLC0415
    from spikegraph.runs.model_folder import CARD  # noqa: PLC0415

    found = kept(out)
    network = found.program.build("retrain").space.name
    text = card(found, f"{name}, pretrained", description(spec), _blocks(name, out, network), LICENCE)
    write_whole(out / CARD, text)
    notice(f"wrote {visible_name(out / CARD)}: what the network is, and how to fine-tune it")
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


def _blocks(name: str, run: Path, network: str) -> "Mapping[str, Sequence[str]]":
    """The commands that go on with a run, for its card."""
    bundled = f"{BUILTIN}{FOLDER}{name}"
    folder, classes = shlex.quote(str(run)), f"--set {network}.classes=2"
    fine_tune = [
        "# own/CLASS/*.png or .jpg, of any size; 2 is the number of your classes",
        f"spikegraph compile {bundled} --profile own {classes} --train --data own --weights {folder} --freeze stage0",
    ]
    return {"Fine-tune it": fine_tune, "Use it": [f"spikegraph predict {folder} new/*.png -o predictions"]}
