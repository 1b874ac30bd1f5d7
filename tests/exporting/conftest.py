"""Checks of shapes can't be traced: the tests of this folder go without them."""

import inspect
import logging
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def classes_without_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks of a class's fields and properties can't be traced even while they are switched off."""
    from spikegraph.backends.torch.kernels import Call

    monkeypatch.setattr(Call, "__init__", inspect.unwrap(Call.__init__))
    monkeypatch.setattr(Call, "weights", property(inspect.unwrap(vars(Call)["weights"].fget)))


@pytest.fixture(autouse=True)
def no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch tells its loggers of each step of a tracing, which pytest would record."""
    monkeypatch.setattr(logging.getLogger("torch.__trace"), "propagate", False)
