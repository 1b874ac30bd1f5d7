"""Analyses of graphs and of runs' journals that need no backend."""
