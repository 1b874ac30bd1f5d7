"""Specs far larger than a real one end with a message, or are sound, within bounded memory and output."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("sizes", ROOT / "tools" / "sizes.py")
assert spec is not None and spec.loader is not None
sizes = importlib.util.module_from_spec(spec)
sys.modules["sizes"] = sizes  # its dataclass looks itself up there
spec.loader.exec_module(sizes)

SOUND = "spec.sdhs: sound"
slow = pytest.mark.slow


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak of memory is read from /proc")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("40,000 errors", "spec.sdhs:3:3: error[SG0203]: unknown key `k0`"),
        ("a file of 100 MB", "spec.sdhs:1:1: error[SG0104]: `spec.sdhs` has 100000007 bytes"),
        ("10^12 channels", "error[SG0218]: the result of `conv` is too large: real[1000000000000, 8, 8] once"),
        ("a width of 10^12", "error[SG0218]: the result of `cell` is too large: spike[3000000000000, 8, 8]"),
        ("inputs of 10^12 x 10^12", "error[SG0218]: the result of `input` is too large: real[3, 1000000000000, 1000000000000]"),
        pytest.param("a sum of 200,000 terms", "error[SG0105]: an expression is nested too deeply", marks=slow),
        pytest.param("`add` of 200,000 terms", SOUND, marks=slow),
        pytest.param("a chain of 10,000 cells", "error[SG0218]: the network is too large once its cells are", marks=slow),
        pytest.param("a chain of 1,000 cells", SOUND, marks=pytest.mark.long),  # as in tests/dsl/test_limits.py
        pytest.param("a trellis of 64 layers and 8 levels", SOUND, marks=pytest.mark.long),  # the same
    ],
)
def test_a_large_spec(name, said, tmp_path):
    found = sizes.measure(name, tmp_path)
    assert said in found.said
    assert found.status == int(said != SOUND)
    assert found.output < 25_000
    assert found.mebibytes < 600


def test_the_page_has_a_row_for_each_spec():
    text = sizes.PAGE.read_text(encoding="utf-8").partition(sizes.BEGIN)[2].partition(sizes.END)[0]
    assert re.findall(r"^\| ([^|]+) \| \d", text, re.MULTILINE) == list(sizes.SPECS)
