"""Results of two ways of computing the same network: another program, form, batch or precision of the same weights.

They add in another order, so a membrane potential differs in its last bits, and a spike differs where a potential is that
near to its threshold: in float32 about one spike in 100,000. An image then gets another class only if its two largest outputs
are almost equal. How often that happens depends on the processor's instructions; here it is at most one sample in 200.
Only a repetition of the same command on the same machine has the same bits.
"""

import pytest

SHARE = 1 / 200
"""The largest share of samples whose class rounding may change."""


def changed(samples: int) -> int:
    """The largest number of samples whose class rounding may change."""
    return max(1, int(SHARE * samples))


def percent(value: float, samples: int) -> object:
    """What equals the percentages of samples that another way of computing may find."""
    return pytest.approx(value, abs=100 * changed(samples) / samples + 1e-9)
