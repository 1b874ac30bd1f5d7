"""Lowering to PyTorch, the data that networks are trained on, and their training."""
