"""What a campaign reports of a random spec that fails: the failure of the smallest spec that fails in the same way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spikegraph.generate import Generated, Wanted, smallest

SECONDS = 120.0
"""The most time that looking for a smaller spec takes."""


@dataclass(frozen=True)
class Failure:
    """A failure.

    Attributes:
        kind: What failed; the smallest spec fails in the same.
        detail: What was found.
    """

    kind: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


def smallest_failure(
    made: Generated,
    taken: Sequence[int],
    failure: Failure,
    fails: Callable[[Generated], Failure | None],
    wanted: Wanted,
    seconds: float = SECONDS,
) -> str:
    """The failure and the text of the smallest spec that was found in a limited time.

    Args:
        made: The spec that fails.
        taken: The decisions that led to it.
        failure: Its failure.
        fails: The failure of a spec; None if it doesn't fail.
        wanted: What the spec may contain.
        seconds: The most time to take.
    """
    found: dict[str, Failure] = {}

    def same(small: Generated) -> bool:
        now = fails(small)
        if now is None or now.kind != failure.kind:
            return False
        found[small.text] = now
        return True

    try:
        small = smallest(taken, same, wanted, seconds=seconds).text
    except ValueError:
        return f"{failure}, once; the same spec passed when it was repeated\n{made.text}"
    return f"{found[small]}\n{small}"
