"""A compiler for spiking architectures."""
