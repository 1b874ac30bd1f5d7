"""Searched architectures: how they are decoded, kept and compared."""
