"""Kernels, gradients, exports and readers of weights with one wrong line each, and the check that must find it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from changed_code import Mistake
from wrong_exports import IN_EXPORTS, IN_READERS
from wrong_gradients import IN_GRADIENTS
from wrong_kernels import IN_KERNELS

Kind = Literal["kernel", "gradient", "export", "reader"]


@dataclass(frozen=True)
class Fault:
    """A mistake.

    Attributes:
        kind: What has it.
        found_by: The check that must find it, a key of `checks.CHECKS`.
        what: The mistake in words.
        where: The function, as `changed` takes it.
        right: A text that its source has once.
        wrong: What stands there instead.
    """

    kind: Kind
    found_by: str
    what: str
    where: str
    right: str
    wrong: str


TABLES: Mapping[Kind, Mapping[str, tuple[Mistake, ...]]] = {
    "kernel": IN_KERNELS,
    "gradient": IN_GRADIENTS,
    "export": IN_EXPORTS,
    "reader": IN_READERS,
}

FAULTS = [
    Fault(kind, found_by, *mistake)
    for kind, table in TABLES.items()
    for found_by, mistakes in table.items()
    for mistake in mistakes
]
"""Each mistake is found by its check."""
