"""The operations of the graph, each beside its type rule."""
