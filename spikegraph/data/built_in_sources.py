"""Fills the registry of readers with those of the package."""

from spikegraph.data.events.sources import EVENT_SOURCES
from spikegraph.data.image_sources import IMAGE_SOURCES
from spikegraph.data.registries import READERS

READERS.fill(IMAGE_SOURCES)
READERS.fill(EVENT_SOURCES)
