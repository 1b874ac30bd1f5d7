"""Pure functions on tensors that implement the operations; none keeps state between calls."""
