"""Data sets for PyTorch: what `spikegraph.data` reads, as samples."""
