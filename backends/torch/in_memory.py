"""A model in Python on samples: its metrics on a test set, and its predictions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from spikegraph.backends.torch.origin import Origin
from spikegraph.backends.torch.predicting import Prediction, Predictor
from spikegraph.backends.torch.saving import origin_of
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.base.errors import DataError
from spikegraph.data.class_labels import ignoring
from spikegraph.data.given import as_given
from spikegraph.data.sets import DataSets, data_sets
from spikegraph.data.trained_classes import as_trained
from spikegraph.data.unlabelled import of_array
from spikegraph.dsl.loader import load_text
from spikegraph.dsl.resolve import resolve_source
from spikegraph.dsl.schema.dataset import PYTHON, PYTHON_STEPS
from spikegraph.program.kept import without_samples
from spikegraph.program.sample_profile import data_folder
from spikegraph.program.training_data import training_data

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.data.given import Pairs
    from spikegraph.dsl.spec import Dataset

BATCH = 32
"""Samples that are run at once where no spec says how many."""

NONE = "sdhs 1\n\ndataset given {{ source = {} }}\n"
"""The declaration of samples in Python for a network whose spec says nothing of data."""


def evaluated(model: Model, dataset: Pairs | None, data: Path | None, *, stream: bool) -> dict[str, float]:
    """The metrics of a model; as `spikegraph.evaluate`."""
    origin = origin_of(model)
    run = origin.program.spec.retrain
    if dataset is None:
        sets = as_trained(ignoring(_own_sets(origin, data), run), model.classes)
    else:
        sets = ignoring(_sets(model, dataset), run)
    batch = 1 if sets.task.whole else BATCH if run is None else run.batch
    return dict(evaluate(model, sets.test, batch, stream=stream).metrics)


def _own_sets(origin: Origin, data: Path | None) -> DataSets:
    """The data sets of a spec's `retrain`."""
    run = origin.program.spec.retrain
    if run is None:
        help = "give a data set: `evaluate(dataset)`, with pairs of a value and its target"
        raise without_samples(origin.program, help)
    folder = data_folder(origin.program, training_data(origin.data_folder, data))
    return data_sets(origin.program.spec.datasets[run.dataset], folder, origin.seed)


def _sets(model: Model, dataset: Pairs) -> DataSets:
    found = data_sets(as_given(_declared(model)), None, 0, given=(None, dataset))
    most, known = len(found.about.classes), len(model.classes)
    if 0 < known < most:
        raise DataError(f"the samples have the class {most - 1}, but the network has {known}", help="count classes from 0")
    return found


def _declared(model: Model) -> Dataset:
    """The declaration of a model's samples; where its spec has none, of samples as the network takes them, with a class."""
    spec = origin_of(model).program.spec
    if spec.retrain is not None:
        return spec.datasets[spec.retrain.dataset]
    text = load_text(NONE.format(source_of(model)), origin_of(model).program.name)
    return resolve_source(text, profile=None, overrides=(), genotype=None).spec.datasets["given"]


def source_of(model: Model) -> str:
    """The source of samples in Python as a network takes them: with time steps, or the same at each."""
    return PYTHON_STEPS if model.graph.time is None else PYTHON


def predicted(model: Model, samples: object) -> list[dict[str, Any]]:
    """What a model says of samples; as `spikegraph.predict`."""
    predictor = Predictor(model, _declared(model))
    found: list[dict[str, Any]] = []
    for each in _predictions(predictor, samples):
        found += [{"file": each.sample.name, **row} for row in each.rows]
        if each.planes is not None:
            found.append({"file": each.sample.name, "map": each.planes[0] if len(each.planes) == 1 else each.planes})
    return found


def _predictions(predictor: Predictor, samples: Any) -> Iterator[Prediction]:
    """The predictions for files, or for the samples of an array [N, ...]."""
    paths = _paths(samples)
    if paths is not None:
        for path in paths:
            yield from predictor.of_file(path)
        return
    try:
        values = np.asarray(samples.detach().cpu() if hasattr(samples, "detach") else samples)
    except (ValueError, TypeError, RuntimeError) as error:  # such as pairs, and samples of several sizes
        help = "give files, or an array of samples [N, ...] of one size, without their classes"
        raise DataError("the samples can't be made an array", help=help) from error
    if values.ndim < 2 or values.dtype.kind not in "fiu":
        summary = f"the samples have the shape {list(values.shape)} and the type {values.dtype}"
        raise DataError(summary, help="give files, or an array of numbers [N, ...]")
    yield from predictor.of_samples([of_array(predictor.dataset, value, f"[{k}]") for k, value in enumerate(values)])


def _paths(samples: object) -> list[Path] | None:
    """The files that are named, one or several; None of an array."""
    if isinstance(samples, str | Path):
        return [Path(samples)]
    if not isinstance(samples, list | tuple):
        return None
    items = cast("list[object] | tuple[object, ...]", samples)
    paths = [Path(item) for item in items if isinstance(item, str | Path)]
    return paths if paths and len(paths) == len(items) else None
