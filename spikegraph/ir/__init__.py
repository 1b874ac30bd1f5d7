"""The typed graph of a spiking network."""
