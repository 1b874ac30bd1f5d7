"""Reads `model NAME(INPUTS) { ... }`: names, types and ranges, and the equations of each choice of options."""
