"""Trains: `fit` and `search`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikegraph.api.loading import spec_of
from spikegraph.api.run import Run, path_of
from spikegraph.base.arguments import strings
from spikegraph.base.errors import ArgumentError
from spikegraph.plugins.notes import naming_plugins

if TYPE_CHECKING:
    from torch import Tensor

    from spikegraph.api.places import Trained
    from spikegraph.api.progress import Progress
    from spikegraph.backends.torch.train.callbacks import Moment
    from spikegraph.data.given import Pairs
    from spikegraph.program.program import Program
    from spikegraph.runs.logger import Logger

    Callback = Callable[[Moment], object]


def _watched(
    loggers: str | Logger | Sequence[str | Logger], on_epoch: Callback | None, on_step: Callback | None, progress: Progress
) -> dict[str, Any]:
    """The settings of who watches a run."""
    from spikegraph.api.progress import reporter_of  # noqa: PLC0415 (importing the package stays cheap)

    names = tuple(loggers) if isinstance(loggers, Iterable) and not isinstance(loggers, str) else (loggers,)
    return {"loggers": names, "on_epoch": on_epoch, "on_step": on_step, "reporter": reporter_of(progress)}


def fit(
    spec: Program | Trained,
    *,
    train: Pairs | None = None,
    test: Pairs | None = None,
    data: str | Path | None = None,
    out: str | Path | None = None,
    seed: int = 0,
    device: str = "cpu",
    resume: bool = False,
    overrides: Sequence[str] = (),
    weights: Trained | Mapping[str, Tensor] | None = None,
    take: str | Sequence[str] = (),
    freeze: str | Sequence[str] = (),
    rates: Mapping[str, float] = {},
    loggers: str | Logger | Sequence[str | Logger] = (),
    on_epoch: Callback | None = None,
    on_step: Callback | None = None,
    progress: Progress = "auto",
) -> Run:
    """Trains a spec as `spikegraph compile --train` does: searches, retrains, evaluates. Of a model, trains its weights on.

    Args:
        spec: What `load` gave, or a path; or a run, a model or an imported one, whose weights the retraining starts from. If
            its spec has no `retrain`, samples in Python are trained on for 10 epochs in batches of 32 by Adam with a learning
            rate of 0.001, which `overrides` change.
        train: The training set, such as a `torch.utils.data.Dataset`, of a spec whose data set has `source = python`,
            `python_steps` or `python_events`; by default the data are those that the spec names. Its items are an image
            [C, H, W], floating-point or uint8 (which is divided by 255), and its class, counted from 0. With `python_steps`
            they are a sample [T, C, H, W] and its class, or, if the data set's `task` is `step_class`, those of its time
            steps [T]; with `python_events` an array of events with the fields x, y, t (microseconds) and p, as tonic's, which
            the spec's `encoding` encodes. `augment` of the spec follows.
        test: The test set.
        data: The data folder; by default that of the training of a run or a model. Of a spec without it, the profile `sample`
            is used, if there are no data where the spec says.
        out: The run folder; by default `runs/SPEC-TIME`.
        seed: The run's seed. The caller's random generators, of Python, numpy and torch, are left as they were.
        device: The device, as torch names it.
        resume: Go on with the run in `out`; if there is none, one begins.
        overrides: `path=value` each, such as `retrain.epochs=3`.
        weights: Weights to start the retraining from, by name and shape: a run, a model, an imported one, a `state_dict()`, a
            folder with `weights.safetensors`, or a file of safetensors. What isn't taken begins fresh; `weights` in the run's
            `summary.json` lists both.
        take: Only these are taken: a part such as `stem`, a pattern of names such as `stage0*`, or a list of them. Of a run or
            a model that is trained on, all are, whatever its spec says.
        freeze: These are not trained, and norms among them keep their statistics.
        rates: Factors of the learning rate of weights, by their patterns: `{"stage*": 0.1, "stage3": 0.5}`; the last pattern
            that means a weight counts.
        loggers: Names of loggers, such as `csv`, `tensorboard` and `mlflow`, and objects of `spikegraph.runs.logger.Logger`,
            which get the run's numbers. A resumed run keeps those that have names.
        on_epoch: Called after each epoch with a `Moment`: phase, epoch, step, the numbers by name, and the model in evaluation
            mode. What it returns means nothing. An exception ends the run, which is saved, with an error that names the
            argument; `raise spikegraph.Interrupted` stops it on purpose. Either way `resume=True` goes on behind this place.
            A function that changes no weight changes no bit of the run.
        on_step: As `on_epoch`, after each step of the weights; on a GPU it waits for each step.
        progress: `auto`: bars on a terminal, a line that is replaced in a notebook, otherwise nothing; `lines`: a line every
            few seconds on standard error; `none`. Where there is progress, notices and the verdict are shown too.

    Returns:
        The run, which is a path too: `.metrics`, `.history`, `.model()`.

    Raises:
        SpecError: The spec is wrong.
        DataError: A sample has another form, the spec's data set isn't given in Python, or the data are missing.
        TrainError: The spec has no `retrain`, nothing of the weights fits, the training diverged, or a logger or a
            callback raised an exception.
        ArgumentError: There is no such device, seed or logger; or only one of the two sets is given, or a data folder beside
            them, or weights beside a model.
    """
    from spikegraph.api.progress import show_verdict  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.api.starts import content_of, start_of  # noqa: PLC0415
    from spikegraph.backends.torch.train.random_state import generators_kept  # noqa: PLC0415 (needs torch)
    from spikegraph.plugins import targets  # noqa: PLC0415
    from spikegraph.program.run_settings import Settings  # noqa: PLC0415
    from spikegraph.program.weight_source import with_patterns  # noqa: PLC0415

    if (train is None) != (test is None):
        raise ArgumentError(
            f"`{'test' if test is None else 'train'}` is missing; give both sets, or none for the spec's own data"
        )
    if train is not None and data is not None:
        raise ArgumentError("`data` beside `train` and `test`, which are the samples; leave out one or the other")
    watched = _watched(loggers, on_epoch, on_step, progress)
    with naming_plugins():
        overrides = strings("overrides", overrides, "PATH=VALUE")
        program, start = start_of(spec, overrides, given=train is not None)
        if start is not None and weights is not None:
            raise ArgumentError("`weights` beside a model, which has its own; give its spec with other weights")
        if not isinstance(rates, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(f"`rates` is a `{type(rates).__name__}`", 'give factors by pattern, as rates={"stem": 0.1}')
        program = with_patterns(program, take, freeze, rates.items()).checked()
        where, folder = (None if path is None else Path(path) for path in (out, data))
        source = path_of(weights) if isinstance(weights, Run | str | Path) else None
        start = start if weights is None or isinstance(weights, Run | str | Path) else content_of(weights)
        settings = Settings(seed, device, resume=resume, weights=source, start=start, **watched)
        pairs = None if train is None or test is None else (train, test)
        with generators_kept():
            made, _ = targets.fit(program, settings=settings, out=where, data=folder, sample=pairs is None, given=pairs)
    show_verdict(made, settings.reporter)
    return Run(made)


def search(
    spec: Program | str | Path,
    *,
    method: str | None = None,
    data: str | Path | None = None,
    out: str | Path | None = None,
    seed: int = 0,
    device: str = "cpu",
    resume: bool = False,
    loggers: str | Logger | Sequence[str | Logger] = (),
    on_epoch: Callback | None = None,
    on_step: Callback | None = None,
    progress: Progress = "auto",
) -> str:
    """Runs the search of a spec.

    Args:
        spec: What `load` gave, or a path.
        method: A search method as a spec writes it, such as `evolution(50)`, in place of the spec's own.
        data: The data folder; without it the spec's profile `sample` is used, if it isn't built-in data.
        out: The run folder; by default `runs/SPEC-TIME`. `spikegraph compile SPEC --train --resume --out RUN` retrains
            what the search found.
        seed: As of `fit`.
        device: The device, as torch names it.
        resume: Go on with the search in `out`.
        loggers: As of `fit`.
        on_epoch: As of `fit`, for the candidates of the search too: `of` of its argument names them.
        on_step: Likewise.
        progress: As of `fit`.

    Returns:
        The genotype as the text of a file; `Program.bind(text)` takes it.

    Raises:
        SpecError: The spec is wrong.
        DataError: The data set is missing or damaged.
        TrainError: The spec has no search, the training diverged, or a logger or a callback raised an exception.
        ArgumentError: There is no such device, seed or logger.
    """
    from spikegraph.backends.torch.train.random_state import generators_kept  # noqa: PLC0415 (needs torch)
    from spikegraph.plugins import targets  # noqa: PLC0415
    from spikegraph.program.run_settings import Settings  # noqa: PLC0415

    program = spec_of(spec, () if method is None else (f"search.method={method}",))
    settings = Settings(seed, device, resume=resume, **_watched(loggers, on_epoch, on_step, progress))
    folder, where = (None if path is None else Path(path) for path in (data, out))
    with naming_plugins(), generators_kept():
        return targets.search(program, settings=settings, data=folder, out=where)
