"""Tools for agents: the service's answers by the Model Context Protocol, on standard input and output."""
