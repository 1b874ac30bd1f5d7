"""Tensors of modules by the names of a spec, which may be names of attributes that all modules have, such as `half`."""

from jaxtyping import Shaped
from torch import Tensor, nn


def attribute_of(name: str) -> str:
    """A name that an attribute of a module can have: with `_` behind it if all modules have an attribute of this name."""
    return f"{name}_" if hasattr(nn.Module, name) or name == "training" else name


def tensor_of(module: nn.Module, name: str) -> Shaped[Tensor, "..."]:
    """A tensor of a module, of any shape [...], also one that has the name of an attribute of all modules, such as `half`."""
    tensors = {**module._parameters, **module._buffers}  # pyright: ignore[reportPrivateUsage]
    found = next((tensor for key in (name, attribute_of(name)) if (tensor := tensors.get(key)) is not None), None)
    return getattr(module, name) if found is None else found
