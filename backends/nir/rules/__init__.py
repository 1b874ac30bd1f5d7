"""The rules for the operations of the language. Importing this package registers them."""

from spikegraph.backends.nir.rules import channels, layers, pooling

__all__ = ["channels", "layers", "pooling"]
