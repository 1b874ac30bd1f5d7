"""Decisions that hypothesis takes, so that it shrinks what a property is false of."""

from hypothesis import strategies as st

from spikegraph.ir.samples import Draw


class HypothesisDraw(Draw):
    """Decisions drawn by `data.draw`."""

    def __init__(self, data):
        self.data = data

    def integer(self, low, high):
        return self.data.draw(st.integers(low, high))
