"""A random specification."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Generated:
    """A random specification.

    Attributes:
        text: The text.
        steps: Time steps for which its inputs are to be drawn: the network's `time`, if it has one.
    """

    text: str
    steps: int
