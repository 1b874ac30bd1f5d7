"""Lowering to Graphviz: diagrams of networks, trellises and cells."""
