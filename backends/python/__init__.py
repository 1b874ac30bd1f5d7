"""A network as a module of PyTorch alone: text for people, written from the graph."""
