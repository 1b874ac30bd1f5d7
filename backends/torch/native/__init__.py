"""Neurons as compiled code: the source, its compilation, and calls on tensors."""
