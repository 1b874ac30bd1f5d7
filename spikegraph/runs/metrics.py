"""The registry of metrics: what a metric's name means, and whether more is better."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spikegraph.base.surface import argument
from spikegraph.plugins.registry import Registry

Directions = Mapping[str, bool]
"""Whether higher is better, by metric, as runs store it: a metric may be a plug-in's that isn't loaded when they are read."""


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        doc: What it is, in one line.
        higher: True if higher is better.
    """

    doc: str
    higher: bool = False


METRICS: Registry[Metric] = Registry(
    "metric",
    "spikegraph.metrics",
    {
        "accuracy_percent": Metric("share of samples whose class is right", higher=True),
        "mean_depth_error_cm": Metric("mean error of the depth"),
        "median_depth_error_cm": Metric("median error of the depth"),
        "mean_disparity_error_px": Metric("mean error of the disparity"),
        "one_pixel_accuracy_percent": Metric("share of pixels with a disparity error of at most 1 px", higher=True),
        "one_pixel_error_percent": Metric("share of pixels with a disparity error above 1 px"),
        "two_pixel_error_percent": Metric("share of pixels with a disparity error above 2 px"),
        "root_mean_square_disparity_error_px": Metric("root of the mean squared error of the disparity"),
        "mean_squared_error": Metric("mean squared error of all numbers"),
        "mean_absolute_error": Metric("mean absolute error of all numbers"),
        "mean_relative_error": Metric("mean error of the depth, divided by the depth"),
        "root_mean_square_error_m": Metric("root of the mean squared error of the depth"),
        "delta_1_percent": Metric("share of pixels whose depth is right up to a factor of 1.25", higher=True),
        "delta_2_percent": Metric("share of pixels whose depth is right up to a factor of 1.25^2", higher=True),
        "delta_3_percent": Metric("share of pixels whose depth is right up to a factor of 1.25^3", higher=True),
        "mean_iou_percent": Metric("intersection over union of true and predicted pixels, the mean over classes", higher=True),
        "pixel_accuracy_percent": Metric("share of pixels whose label is right", higher=True),
        "mean_end_point_error_px": Metric("mean distance of the optical flow from the true one"),
        "outliers_percent": Metric("share of pixels with an end-point error above 3 px"),
    },
    kind=Metric,
)
"""All metrics by name, which ends with the unit. In a table of metrics the first decides which of two networks is better."""


def higher_is_better(metric: str) -> bool:
    """True if more of a registered metric is better; of a loss, which isn't registered, less is."""
    known = METRICS.get(metric)
    return known is not None and known.higher


def directions_of(metrics: Iterable[str]) -> dict[str, bool]:
    """Whether higher is better of those metrics that are registered."""
    return {name: known.higher for name in metrics if (known := METRICS.get(name)) is not None}


def direction(metric: str, stored: Directions) -> bool | None:
    """Whether higher is better of a metric of a run; None if it isn't known.

    Args:
        metric: Its name.
        stored: The directions that the run has stored; those of older versions have none.
    """
    return stored.get(metric, directions_of([metric]).get(metric))


def unknown_direction(metric: str) -> str:
    """Why values of a metric can't be compared, as the end of a sentence."""
    return f"nothing says whether more of `{metric}` is better (load its plug-in: {argument('plugin', 'FILE.py')})"
