"""Operations, surrogates and kernels of another package."""

import sys
import types
from importlib.metadata import EntryPoint

import pytest
import torch

from spikegraph import plugins
from spikegraph.backends.torch.kernels.base import KERNELS
from spikegraph.backends.torch.model import Model
from spikegraph.ir.opdef import OPS
from spikegraph.program import Program

OPERATION = '''
from typing import ClassVar
from spikegraph.ir.opdef import Op, register

@register
class Double(Op):
    """Twice the value."""

    name: ClassVar[str] = "double_of_a_test"

    def infer(self, *operands):
        return operands[0].with_(kind="real")
'''

KERNEL = """
from spikegraph.backends.torch.kernels.base import kernel

@kernel("double_of_a_test")
def double(call, xs, state):
    return 2 * xs[0], None
"""

SPEC = """sdhs 1

neuron lif {
  decay = 0.2
}

network n {
  input x : real[1, 2, 2]
  output y = x -> double_of_a_test
}
"""


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch):
    """A package with an operation and its kernel; it is removed afterwards."""
    points = []
    for group, name, source in (
        (plugins.OPS_GROUP, "package_of_a_test_ops", OPERATION),
        (plugins.KERNELS_GROUP, "package_of_a_test_kernels", KERNEL),
    ):
        module = types.ModuleType(name)
        exec(compile(source, name, "exec"), module.__dict__)
        monkeypatch.setitem(sys.modules, name, module)
        points.append(EntryPoint(name, name, group))
    monkeypatch.setattr(plugins, "entry_points", lambda group: [p for p in points if p.group == group])
    yield
    OPS.pop("double_of_a_test", None)
    KERNELS.pop("double_of_a_test", None)


def test_an_operation_of_a_package_is_checked_and_run(package, tmp_path):
    """Its type rule and its kernel are used like any other."""
    assert plugins.load_plugins(plugins.OPS_GROUP) == ("package_of_a_test_ops",)
    assert plugins.load_plugins(plugins.KERNELS_GROUP) == ("package_of_a_test_kernels",)
    path = tmp_path / "n.sdhs"
    path.write_text(SPEC)
    assert not Program.read(path).check().has_errors
    model = Model(Program.read(path).build("search").plain)
    x = torch.arange(4.0).reshape(1, 1, 1, 2, 2)
    assert torch.equal(model(x), 2 * x)


def test_a_module_that_is_missing_is_named(monkeypatch):
    """The message names the entry point, its group and the module."""
    point = EntryPoint("gone", "no_module_of_this_name", plugins.OPS_GROUP)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point])
    with pytest.raises(plugins.PluginError, match=r"`gone` of spikegraph\.ops \(no_module_of_this_name\) can't be loaded"):
        plugins.load_plugins(plugins.OPS_GROUP)
