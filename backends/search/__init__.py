"""The searches of runs: methods that train a supernet, and what trains the candidates of the others."""
