"""Classification: a class for each sample, or for each time step.

A check of a spec reads this without numpy, which only samples and predictions need.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from spikegraph.ir.outputs import logits_node
from spikegraph.tasks.task import SampleSet, Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from spikegraph.data.sample import About, Sample
    from spikegraph.ir.graph import Graph, Node
    from spikegraph.runs.examples import ImageExample
    from spikegraph.tasks.scores import Scores


class Classes(Task):
    """A class for each sample, int []."""

    name = "class"
    words = "classes"
    score = "accuracy"
    help = "use `cross_entropy`, or a data set of two views"
    classifies = True
    examples = 18
    one_class = True
    mixes = True

    @override
    def node(self, graph: Graph) -> Node:
        return logits_node(graph)

    @override
    def scores(self, about: About) -> Scores:
        from spikegraph.tasks.class_scores import ClassScores  # noqa: PLC0415 (needs numpy)

        return ClassScores(ignored=about.ignored)

    @override
    def example(self, sample: Sample, predicted: NDArray[Any], picture: NDArray[np.uint8] | None) -> ImageExample:
        from spikegraph.tasks.example import class_example  # noqa: PLC0415 (needs numpy)

        return class_example(sample, predicted, picture)

    @override
    def rows(self, predicted: NDArray[Any], classes: Sequence[str]) -> Sequence[Mapping[str, object]]:
        from spikegraph.tasks.class_scores import row  # noqa: PLC0415 (needs numpy)

        return [row(predicted, classes)]

    @override
    def checked(self, target: Any) -> NDArray[np.int64]:
        from spikegraph.tasks.given import whole  # noqa: PLC0415 (needs numpy)

        return whole(target)

    @override
    def labels(self, sample: Sample) -> NDArray[np.int64]:
        return sample.target.reshape(1)

    @override
    def known(self, sample: Sample, about: About) -> NDArray[Any]:
        return _counting(super().known(sample, about), about)

    @override
    def mixed(self, sample: Sample, other: Sample, share: float) -> Sample:
        return _mixed(sample, other, share)

    @override
    def title(self, sample: Sample, about: About) -> str:
        from spikegraph.runs.confusion import class_name  # noqa: PLC0415 (slow to import)

        return class_name(about.classes, int(sample.target))

    @override
    def baselines(self, train: SampleSet, test: SampleSet, about: About) -> Mapping[str, Mapping[str, float]]:
        """The most frequent class, and the class with the nearest mean where all samples have one size."""
        from spikegraph.tasks.class_scores import class_baselines  # noqa: PLC0415 (needs numpy)

        return class_baselines(train, test, about.ignored)


class StepClasses(Task):
    """A class for each of the last T' time steps, int [T']."""

    name = "step_class"
    words = "a class for each time step"
    score = "accuracy"
    help = "use `cross_entropy` of an output without `mean(time)`"
    classifies = True
    mixes = True

    @override
    def scores(self, about: About) -> Scores:
        from spikegraph.tasks.class_scores import StepScores  # noqa: PLC0415 (needs numpy)

        return StepScores(ignored=about.ignored)

    @override
    def rows(self, predicted: NDArray[Any], classes: Sequence[str]) -> Sequence[Mapping[str, object]]:
        from spikegraph.tasks.class_scores import row  # noqa: PLC0415 (needs numpy)

        return [{"step": k, **row(logits, classes)} for k, logits in enumerate(predicted)]

    @override
    def checked(self, target: Any) -> NDArray[np.int64]:
        from spikegraph.tasks.given import wholes  # noqa: PLC0415 (needs numpy)

        return wholes(target)

    @override
    def each_step(self, target: NDArray[Any]) -> bool:
        return True

    @override
    def labels(self, sample: Sample) -> NDArray[np.int64]:
        return sample.target[sample.counted]

    @override
    def known(self, sample: Sample, about: About) -> NDArray[Any]:
        return _counting(super().known(sample, about), about)

    @override
    def mixed(self, sample: Sample, other: Sample, share: float) -> Sample:
        assert sample.counted is not None and other.counted is not None
        return replace(_mixed(sample, other, share), counted=sample.counted & other.counted)

    @override
    def baselines(self, train: SampleSet, test: SampleSet, about: About) -> Mapping[str, Mapping[str, float]]:
        counts = Counter(int(k) for sample in train.samples() for k in self.labels(sample) if k not in about.ignored)
        guess = min(counts, key=lambda k: (-counts[k], k))
        found = [int(k) == guess for sample in test.samples() for k in self.labels(sample) if k not in about.ignored]
        return {"majority class": {"accuracy_percent": 100 * sum(found) / len(found)}}


def _counting(classes: NDArray[Any], about: About) -> NDArray[Any]:
    """The classes that aren't ignored, [M]."""
    import numpy as np  # noqa: PLC0415 (slow to import)

    return classes[~np.isin(classes, about.ignored)]


def _mixed(sample: Sample, other: Sample, share: float) -> Sample:
    """A sample with two classes; each has its share of the loss."""
    if sample.mixed is not None or other.mixed is not None:
        raise ValueError("it is mixed already")
    from spikegraph.data.sample import Mixed  # noqa: PLC0415 (needs numpy)

    return replace(sample, mixed=Mixed(other.target, share))
