"""Several runs of one spec, with other seeds or other values: what they are, how they run, what came of them. No torch."""
