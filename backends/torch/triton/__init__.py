"""Neurons by Triton kernels that are generated from their equations, for CUDA devices and for Triton's interpreter."""
