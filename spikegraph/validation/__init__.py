"""Whether passes keep what a network computes: the graphs before and after each, run by the reference and compared."""
