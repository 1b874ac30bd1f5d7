"""The time steps of a set whose samples continue each other, as a network gets them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from spikegraph.base.errors import DataError
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet
from spikegraph.data.source import Moment
from spikegraph.data.steps import prepared


def moments_of(samples: DataSet) -> Iterator[Moment] | None:
    """The samples as streams, after the steps of evaluation; None if each begins anew.

    Raises:
        DataError: They can't be read, or augmented.
    """
    found = samples.source.stream()
    return None if found is None else (_prepared(moment, samples) for moment in found)


def _prepared(moment: Moment, samples: DataSet) -> Moment:
    sample = Sample({name: values[None] for name, values in moment.inputs.items()}, moment.target, steps=1)
    try:
        sample = prepared(sample, samples.steps, None, samples.task)
    except ValueError as error:
        raise DataError(str(error), help="change the data set's `augment`") from error
    inputs = {name: np.ascontiguousarray(values[0]) for name, values in sample.inputs.items()}
    return replace(moment, inputs=inputs, target=sample.target)
