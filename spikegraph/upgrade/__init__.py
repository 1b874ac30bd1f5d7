"""Converts files and run folders of older versions: a table of formats, with a step from each version to the next.

Readers know only the present version. Checkpoints are taken apart as bytes, so torch isn't needed.
"""
