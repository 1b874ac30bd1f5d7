"""A method at a cost, in a comparison."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A method at a cost.

    Attributes:
        text: What a spec writes.
        function: The search.
        options: Its parameters.
        extra: What it costs before it trains candidates, in trainings.
    """

    text: str
    function: Callable[[Any], Any]
    options: Mapping[str, Any]
    extra: float = 0.0
