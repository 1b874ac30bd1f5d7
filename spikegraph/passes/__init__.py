"""Rewrites of the graph; passes and pipelines are data."""
