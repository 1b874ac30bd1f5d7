"""Compiled kernels for the CPU: their C++ sources, the build, and calls on tensors."""
