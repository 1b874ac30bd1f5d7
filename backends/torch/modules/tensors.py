"""Tensors of modules by the names of a spec, which may be names of attributes that all modules have, such as `half`."""

import keyword

from jaxtyping import Shaped
from torch import Tensor, nn


def attribute_of(name: str) -> str:
    """A name that an attribute of a module can have in code: with `_` behind a keyword, and behind what all modules have."""
    return f"{name}_" if hasattr(nn.Module, name) or name == "training" or keyword.iskeyword(name) else name


def tensor_of(module: nn.Module, name: str) -> Shaped[Tensor, "..."]:
    """A tensor of a module, of any shape [...], also one that has the name of an attribute of all modules, such as `half`."""
    tensors = {**module._parameters, **module._buffers}  # pyright: ignore[reportPrivateUsage]
    found = next((tensor for key in (name, attribute_of(name)) if (tensor := tensors.get(key)) is not None), None)
    return getattr(module, name) if found is None else found
