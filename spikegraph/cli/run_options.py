"""The options of `spikegraph compile` that belong to `--train`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from spikegraph.cli.settings import Settings
from spikegraph.cli.streams import out, say

if TYPE_CHECKING:
    from spikegraph.backends.torch.train.settings import Precision
    from spikegraph.program import Program

LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True)
class RunOptions:
    """How a run is done.

    Attributes:
        data: A folder with the data set; None takes the spec's sample where there is one.
        out: The run's folder; None is a new one under `runs/`.
        seed: Fixes everything.
        resume: Whether a run that is there is gone on with.
        device: As torch names it; None is the first GPU where there is one, else the CPU.
        precision: That of convolutions; membrane potentials are in fp32.
        tensorboard: Whether the numbers are written for TensorBoard too.
        download: Whether images that aren't in `data` are fetched into it.
    """

    data: Path | None
    out: Path | None
    seed: int
    resume: bool
    device: str | None
    precision: "Precision"
    tensorboard: bool
    download: bool

    def train(self, program: "Program", settings: Settings) -> int:
        """Trains, and prints what came out and where it is.

        Raises:
            UsageError: There is no folder to download images into.
            SpecError: The spec is wrong.
            TrainError: The folder holds another run, data and network don't fit, or the training diverged.
            DataError: A recording can't be read.
            Interrupted: The run was asked to end; it is saved.
        """
        if self.download and self.data is None:
            raise click.UsageError("--download needs --data DIR: the folder that images are downloaded into")
        from spikegraph.sample import with_sample  # noqa: PLC0415 (slow to import)

        # The spec is checked before torch is imported, so that its errors appear at once.
        with_sample(program, self.data)[0].checked()
        from spikegraph.backends.torch.main import train_program  # noqa: PLC0415 (imports torch)
        from spikegraph.backends.torch.train.progress import reporter  # noqa: PLC0415
        from spikegraph.backends.torch.train.settings import Settings as RunSettings  # noqa: PLC0415
        from spikegraph.cli.runs import results  # noqa: PLC0415
        from spikegraph.runs.record import read_run  # noqa: PLC0415

        how = RunSettings(
            seed=self.seed,
            device=self.device or best_device(),
            precision=self.precision,
            resume=self.resume,
            tensorboard=self.tensorboard,
            command=("spikegraph", *settings.arguments),
            reporter=reporter(settings.color),
        )
        folder, _ = train_program(program, how, data=self.data, out=self.out, download=self.download)
        out(results(read_run(folder)))
        draw_run(folder)
        say(f"the run is in {folder}")
        return 0


def draw_run(folder: Path) -> None:
    """Draws what a run found into its `diagrams/`; where nothing can be drawn, it is said, and the run is no worse for it."""
    from spikegraph.backends.graphviz.sources import draw  # noqa: PLC0415
    from spikegraph.errors import NotThereError, RenderError  # noqa: PLC0415 (slow to import)
    from spikegraph.runs.folder import RunFolder  # noqa: PLC0415

    for level in ("network", "trellis", "cell"):
        path = RunFolder(folder).diagrams / f"{level}.svg"
        try:
            draw(folder, level).write(path)
        except NotThereError:
            continue  # not every network has a trellis, or cells
        except RenderError as error:
            say(f"no diagram: {error.summary}" + (f" ({error.help})" if error.help else ""))
            return


def best_device() -> str:
    """The first GPU where there is one, else the CPU; which it is, is said."""
    import torch  # noqa: PLC0415 (slow to import)

    device = "cuda" if torch.cuda.is_available() else "cpu"
    say(f"device: {device}")
    return device


def run_options(function: Callable[..., int]) -> Callable[..., int]:
    """Adds the options, given to the command together as `run`, None without `--train`."""

    @wraps(function)
    def gathered(
        *arguments: Any,
        train: bool,
        data: Path | None,
        out: Path | None,
        seed: int,
        resume: bool,
        device: str | None,
        precision: "Precision",
        tensorboard: bool,
        download: bool,
        **others: Any,
    ) -> int:
        if not train:
            _refuse_others()
        run = RunOptions(data, out, seed, resume, device, precision, tensorboard, download) if train else None
        return function(*arguments, run=run, **others)

    folder = click.Path(path_type=Path, file_okay=False)
    decorated: Callable[..., int] = gathered
    for option in (
        click.option("--tensorboard", is_flag=True, help="Also write logs for TensorBoard (needs the extra `tensorboard`)."),
        click.option("--precision", type=click.Choice(("fp32", "bf16")), default="fp32", help="Convolution precision.  [fp32]"),
        click.option("--device", metavar="D", help="Device, such as cpu or cuda:1. Default: a GPU if there is one."),
        click.option("--resume", is_flag=True, help="Resume the run in --out."),
        click.option(
            "--seed",
            type=click.IntRange(0, LARGEST_SEED),
            default=0,
            help="Random seed; the same seed on the same machine repeats the run.  [0]",
        ),
        click.option("--out", type=folder, metavar="RUN", help="Folder of the run. Default: a new one under runs/."),
        click.option("--download", is_flag=True, help="Download missing images to --data."),
        click.option(
            "--data",
            type=folder,
            metavar="DIR",
            help="Data folder. Without it, a small built-in sample is used, with a notice.",
        ),
        click.option("--train", is_flag=True, help="Run the spec's phases: search, retrain, evaluate."),
    ):
        decorated = option(decorated)
    return decorated


def _refuse_others() -> None:
    """Refuses the options of a run where there is none.

    Raises:
        UsageError: One is given.
    """
    context = click.get_current_context()
    for name in ("data", "out", "seed", "resume", "device", "precision", "tensorboard", "download"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} needs --train")
