"""A plug-in file that adds the operation `double`."""

OPERATION = '''"""An operation."""

from typing import ClassVar

from spikegraph.ir.opdef import Op, register
from spikegraph.ir.types import Kind
from spikegraph.plugins.registry import when_used


@register
class Double(Op):
    """Twice the value."""

    name: ClassVar[str] = "double"

    def infer(self, x):
        return x.with_(kind=Kind.REAL)


@when_used("spikegraph.kernels")
def kernels():
    from spikegraph.backends.torch.kernels.base import kernel

    @kernel(Double)
    def double(call, xs, state):
        return 2 * xs[0], None
'''
