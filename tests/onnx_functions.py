"""What torch reads for each model that it writes as ONNX, 557 functions with their sources, is read once in a process."""

import sys
from functools import cache


def read_once() -> None:
    """Shares the functions among the models from here on, once torch's converter is loaded; nothing adds others to them."""
    module = sys.modules.get("torch.onnx._internal.exporter._registration")
    if module is not None and not isinstance(vars(module.ONNXRegistry)["from_torchlib"], staticmethod):
        module.ONNXRegistry.from_torchlib = staticmethod(cache(module.ONNXRegistry.from_torchlib))
