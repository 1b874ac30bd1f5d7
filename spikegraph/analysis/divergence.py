"""The rule by which a training has diverged."""

import sys

STEP_FACTOR = 1e4
"""A step's loss is too large beyond this multiple of the phase's first loss, or of 1 if that is larger."""

EPOCH_FACTOR = 100.0
"""The same for the mean loss of an epoch."""

LARGEST_WEIGHT = 2.0**24
"""The largest magnitude of a weight or a value: float32 has no odd numbers beyond."""


def largest_loss(first: float | None, factor: float) -> float:
    """The largest loss that isn't too large; before the first loss of a phase, every finite one.

    Args:
        first: The phase's first loss.
        factor: `STEP_FACTOR` or `EPOCH_FACTOR`.
    """
    return sys.float_info.max if first is None else factor * max(abs(first), 1.0)
