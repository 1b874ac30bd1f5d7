"""Networks whose neurons or loops over time steps are written by hand: one pattern in each file, as people write them.

Each file has `made()`, which gives the module, its example, and options of `from_torch`.
"""
