"""What steps have made: those of plug-ins are looked at."""

from spikegraph.data.sample import Sample
from spikegraph.data.source import not_finite
from spikegraph.plugins.returned import of_type


def made_by(step: object, found: object) -> Sample:
    """The sample that a step returned; one of a plug-in must have finite numbers.

    Raises:
        TypeError: It is something else.
        ValueError: Numbers aren't finite.
    """
    name, own = type(step).__name__, type(step).__module__.startswith("spikegraph.")
    sample = of_type(Sample, found, step, f"the step `{name}`")
    if not own and (why := not_finite(sample)) is not None:
        raise ValueError(f"behind the step `{name}` {why[0]}")
    return sample
