"""The readers of all data sets that the language knows: importing this module registers them."""

from spikegraph.data import image_sources, map_sources

__all__ = ["image_sources", "map_sources"]
