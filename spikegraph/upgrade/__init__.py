"""Converts files and run folders of older versions: a table of formats, with a step from each version to the next."""
