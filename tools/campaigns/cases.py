"""The list of campaigns, and what one of their cases gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module

CAMPAIGNS: tuple[str, ...] = (
    "kills",
    "bitflips",
    "races",
    "faults",
    "sanitizers",
    "damaged_runs",
    "file_mutants",
    "hdf5_mutants",
    "event_mutants",
    "array_mutants",
    "specs_mutants",
    "model_mutants",
    "zoo_mutants",
    "editor_mutants",
    "agent_repairs",
    "valid_specs",
    "folded_blocks",
    "networks",
    "exports",
    "processes",
    "equal",
)
"""Modules in this folder; each has a function `case(seed) -> Outcome` and a docstring whose first line says what it attacks."""


@dataclass(frozen=True)
class Outcome:
    """The result of a case.

    Attributes:
        kind: What was done, in a few words; the counts are grouped by it.
        passed: True if nothing was lost and the answer was the one that is promised.
        detail: What went wrong; empty if it passed.
        counts: By what was compared, how many numbers were compared, how many are unknown, and how many differ.
    """

    kind: str
    passed: bool
    detail: str = ""
    counts: Mapping[str, Sequence[int]] = field(default_factory=dict[str, Sequence[int]])


Case = Callable[[int], Outcome]


def campaign(name: str) -> Case:
    """The function `case` of a campaign."""
    case: Case = import_module(name).case
    return case
