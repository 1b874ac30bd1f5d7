"""Data sets: readers, the built-in sample, checks, and baselines."""
