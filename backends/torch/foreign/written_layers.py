"""Layers that exported modules bring with them and whose code in evaluation doesn't show what they are: known by their code."""

from functools import cache

from torch import nn

from spikegraph.backends.python.helpers import HELPERS
from spikegraph.backends.torch.foreign.same_code import same_class
from spikegraph.foreign.adapters import Adapter, Call
from spikegraph.foreign.known.layers import dropped, frozen
from spikegraph.foreign.of_classes import adapter_of
from spikegraph.foreign.statements import Value


def adapter_for(module: nn.Module) -> Adapter | None:
    """The adapter of a layer: that of its class, or of the helper of exported modules that it is."""
    own = type(module)
    known = own.__name__ == "Dropout" and not own.__module__.startswith("torch.") and same_class(own, _dropout())
    return _dropped if known else adapter_of(module)


@cache
def _dropout() -> type:
    names: dict[str, object] = {"__name__": "exported"}
    text = f"import torch\nfrom torch import nn\n{HELPERS['Dropout'].text}"  # Python compiles names of modules otherwise
    exec(compile(text, "exported.py", "exec", dont_inherit=True), names)
    found = names["Dropout"]
    assert isinstance(found, type)
    return found


def _dropped(call: Call, x: Value) -> Value:
    """Dropout with one mask for all time steps."""
    frozen(call)
    return dropped(call, x, call.module.probability, training=call.module.training, each_step=False)
