"""Functions with checks of annotated shapes, so that torch can trace them."""

import inspect

import pytest

from spikegraph.backends.torch.kernels import Call
from spikegraph.backends.torch.modules.neuron_models import Numbers
from spikegraph.backends.torch.native.norms import Addend, NormOf


def without_checks(monkeypatch: pytest.MonkeyPatch, *others: type) -> None:
    """Takes the checks from classes and `others`: those of methods and properties can't be traced even while they are off."""
    for checked in (Call, Addend, NormOf, Numbers, *others):
        for name, member in list(vars(checked).items()):
            if isinstance(member, property):
                monkeypatch.setattr(checked, name, property(inspect.unwrap(member.fget)))
            elif inspect.isfunction(member):
                monkeypatch.setattr(checked, name, inspect.unwrap(member))
