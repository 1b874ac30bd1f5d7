"""Counts executed lines, so that tests can compare effort without measuring time."""

import sys
from types import FrameType

import pytest

from spikegraph.dsl import parser


@pytest.fixture
def growth(monkeypatch):
    """The ratio of executed Python lines between a function's calls with the second and the first argument."""
    monkeypatch.setattr(parser, "_KEPT", {})
    monkeypatch.setattr(parser, "_LONGEST_KEPT", 0)  # no call does what the one before has done

    def lines(function, argument):
        count = 0

        def trace(frame: FrameType, event: str, _: object):
            nonlocal count
            count += event == "line"  # also once per iteration of a loop on one line
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            function(argument)
        finally:
            sys.settrace(before)
        return count

    def compare(function, small, large):
        function(small)  # work that is done only once
        return lines(function, large) / lines(function, small)

    return compare
