"""Stereo: the disparity of each pixel at each time step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.ir.outputs import disparity_node
from spikegraph.runs.examples import StereoExample
from spikegraph.tasks.disparity_baselines import block_matcher, constant_guess
from spikegraph.tasks.disparity_scores import DisparityMetrics, stereo_metrics
from spikegraph.tasks.task import SampleSet, Task

if TYPE_CHECKING:
    from spikegraph.data.sample import About, Sample
    from spikegraph.ir.graph import Graph, Node


class Disparity(Task):
    """The disparity of the left view in pixels at each labelled time step, float [T', H, W]; inf where it isn't known."""

    name = "disparity"
    words = "true disparities"
    score = "error"
    help = "use `subpixel_cross_entropy`, or a data set of images"
    pixels = True
    whole = True
    padding = float("inf")
    look = "numbers"
    examples = 3

    @override
    def node(self, graph: Graph) -> Node:
        return disparity_node(graph)

    @override
    def scores(self, about: About) -> DisparityMetrics:
        return stereo_metrics(about.focal_baseline)

    @override
    def prediction(self, value: NDArray[Any]) -> NDArray[Any]:
        return value[:, 0]

    @override
    def example(self, sample: Sample, predicted: NDArray[Any], picture: NDArray[np.uint8] | None) -> StereoExample:
        """The last labelled frame of a window; its events are the sums over the frames of its stack."""
        assert sample.counted is not None
        last = int(np.flatnonzero(sample.counted)[-1])
        back = last - len(sample.counted)  # counted from the window's end
        left, right = (sample.inputs[side][back].sum(0).astype(np.int8) for side in ("left", "right"))
        recording, first = sample.name.rpartition("/")[::2]
        name = f"{recording}/{int(first) + last}"
        return StereoExample(name, left, right, sample.target[last].astype(np.float32), predicted[0].astype(np.float32))

    @override
    def planes(self, values: NDArray[Any], sample: Sample) -> NDArray[Any]:
        return values[None]

    @override
    def baselines(self, train: SampleSet, test: SampleSet, about: About) -> Mapping[str, Mapping[str, float]]:
        """The best constant, and block matching of the events."""
        return {"constant guess": constant_guess(test, about).metrics(), "block matcher": block_matcher(test, about).metrics()}
