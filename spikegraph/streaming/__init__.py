"""Events as they arrive, cut into time steps, and the files of results; without torch.

A chain of iterators, so that nothing but the open step is held.
"""
