"""The names of metrics, for people."""

UNITS = {"cm": "cm", "m": "m", "px": "px", "percent": "%"}
"""Units of metrics, by the last word of the name."""


def name_and_unit(metric: str) -> tuple[str, str]:
    """`mean_depth_error_cm` as `mean depth error` and `cm`; the unit is empty if there is none."""
    *words, last = metric.split("_")
    return (" ".join(words), UNITS[last]) if last in UNITS else (metric.replace("_", " "), "")


def with_unit(metric: str, value: float) -> str:
    """A metric's value with its unit: `36.9 %`."""
    return f"{value:.4g} {name_and_unit(metric)[1]}".rstrip()
