"""Diagrams of networks, trellises, cells and operations, drawn by Graphviz."""
