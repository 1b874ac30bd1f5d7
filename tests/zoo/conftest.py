"""What tests of the zoo share."""

from pathlib import Path

import pytest

from spikegraph.analysis.layers import roles
from spikegraph.program.program import Program

ZOO = Path(__file__).parents[2] / "specs" / "zoo"


@pytest.fixture
def zoo_parameters():
    """The number of trainable parameters of a system, as retrained."""
    return lambda name: sum(roles(Program.read(ZOO / f"{name}.sdhs").build("retrain").plain).values())
