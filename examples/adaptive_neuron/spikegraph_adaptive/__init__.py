"""Adaptive spiking neurons for spikegraph."""
