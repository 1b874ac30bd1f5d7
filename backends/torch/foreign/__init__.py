"""Reads modules of PyTorch: traces them, writes them as specs, and compares both."""
