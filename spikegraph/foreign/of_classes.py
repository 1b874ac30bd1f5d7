"""What is registered for the class of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.foreign.adapters import ADAPTERS, FAMILIES, Adapter
from spikegraph.foreign.classes import FOLLOWED, computes_as, full_names
from spikegraph.foreign.known.norms import norm_by_hand
from spikegraph.foreign.norm_by_hand import BY_HAND

if TYPE_CHECKING:
    from torch import nn


def adapter_of(module: nn.Module) -> Adapter | None:
    """The adapter of a module's class; of a base class only if the class computes as this does."""
    if FOLLOWED in vars(module):
        return None
    if BY_HAND in vars(module):
        return norm_by_hand
    for kind in type(module).__mro__:
        found = next((ADAPTERS[name] for name in full_names(kind) if name in ADAPTERS), None)
        if found is not None:
            return found if computes_as(type(module), kind) else None
    return None


def family_of(module: nn.Module) -> str | None:
    """What to write instead of a layer without an adapter whose base class is registered; None for others."""
    if FOLLOWED in vars(module):
        return None
    names = (name for kind in type(module).__mro__ for name in full_names(kind))
    return next((FAMILIES[name] for name in names if name in FAMILIES), None)
