"""Counts work, so that tests can compare it without asserting a time."""

import sys
from types import FrameType

import pytest


@pytest.fixture
def growth():
    """How many times as many lines of Python a function runs for its second argument as for its first."""

    def lines(function, argument):
        count = 0

        def trace(frame: FrameType, event: str, _: object):
            nonlocal count
            count += event == "line"  # also once for each turn of a loop that stands on one line
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            function(argument)
        finally:
            sys.settrace(before)
        return count

    def compare(function, small, large):
        function(small)  # what is done only once
        return lines(function, large) / lines(function, small)

    return compare
