"""What pretrained weights are worth: the interval of paired differences."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def tool():
    spec = spec_from_file_location("fine_tuning", Path(__file__).parents[2] / "tools" / "fine_tuning.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_interval_of_paired_differences(tool):
    """Student's t has 4.303 at 97.5 % with two degrees of freedom; one difference has no interval."""
    assert tool.paired([1.0, 2.0, 3.0]) == f"2.0 [{2 - 4.303 / 3**0.5:.1f}, {2 + 4.303 / 3**0.5:.1f}]"
    assert tool.paired([2.0]) == "2.0"
    found = tool.table({7: dict.fromkeys(tool.STARTS, 60.0)})
    assert "| pretrained | 60.0 | 60.0 | 0.0 |" in found
