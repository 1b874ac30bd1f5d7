"""Events as they arrive, cut into time steps, and the files of results; without torch."""
