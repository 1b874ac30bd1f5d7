"""The operation of a plug-in is exported by its own rule, which `docs/extending.md` shows, and computes the same in numpy."""

import re
from pathlib import Path

import nir
import numpy as np
import pytest
from nir_networks import deployed, network
from simulated import compare

from spikegraph.backends.nir.exporting import export_model
from spikegraph.backends.nir.rule_table import RULES
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.plugins.registry import RegistrationError

PAGE = Path(__file__).parents[2] / "docs" / "extending.md"
LINES = """
    a = image -> conv(3, out = 4) -> times(by = 2) -> lif
    b = image -> conv(3, out = 2) -> ifn
    output y = concat(a, b) -> times(by = 0.75) -> conv(3, out = 3) -> lif"""


@pytest.fixture
def plug_in(registrations):
    """The plug-in of the page; what it registers is removed after the test."""
    (code,) = re.findall(r"^```python\n# times.py\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    exec(compile(code, "times.py", "exec"), {"__name__": "times"})


def test_its_rule(plug_in, tmp_path):
    compare(network(LINES), tmp_path)
    nodes = nir.read(tmp_path / "net.nir").nodes
    matrices = [nodes[name].weight[:, :, 0, 0] for name in nodes if "times" in name]
    assert [(m.max(), m.shape) for m in matrices] == [(2, (4, 4)), (0.75, (6, 4)), (0.75, (6, 2))]
    assert all(np.count_nonzero(m) == m.shape[1] for m in matrices)


def test_its_refusal_has_a_line(plug_in, tmp_path):
    program = network("output y = image -> times", "image : real[2, 4, 8, 8]")
    with pytest.raises(SpecError, match=r"net.sdhs:\d+:23: error\[SG1101\]: NIR has no 3-d convolution \(at y\)"):
        export_model(program, deployed(program), tmp_path / "net.nir")


def test_rules_are_registered_once(plug_in):
    assert RULES.is_built_in("conv") and RULES.is_built_in("pool") and not RULES.is_built_in("times")
    with pytest.raises(RegistrationError, match="NIR rule `conv` is already registered by spikegraph"):
        RULES.register("conv", RULES["times"])


def test_it_is_gone_after_the_tests_above():
    assert "times" not in RULES
