"""From a checked spec to a graph."""
