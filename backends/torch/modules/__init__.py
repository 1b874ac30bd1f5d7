"""The functions that operations lower to; none keeps state between calls."""
