"""Fills the registry of readers with those of the package."""

from spikegraph.data.events.sources import EVENT_SOURCES
from spikegraph.data.image_sources import IMAGE_SOURCES
from spikegraph.data.map_sources import MAP_SOURCES
from spikegraph.data.registries import READERS

for readers in (IMAGE_SOURCES, EVENT_SOURCES, MAP_SOURCES):
    READERS.fill(readers)
