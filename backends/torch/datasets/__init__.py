"""Data sets for PyTorch, made from what `spikegraph.data` reads."""
