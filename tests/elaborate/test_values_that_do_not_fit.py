"""Values that are sound alone but don't fit each other."""

import pytest
from pydantic import ValidationError

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.source import Span
from spikegraph.elaborate.invalid_values import report
from spikegraph.ir.neuron import Learned, Neuron


def test_an_error_of_no_field_is_at_the_call():
    with pytest.raises(ValidationError) as error:
        Neuron(learned=(Learned(name="decay", per="step"),))
    found, place = Diagnostics(), Span("net.sdhs", 3, 5, 3, 9)
    report("a neuron", Neuron, error.value, {}, place, found)
    (only,) = found
    assert (only.code, only.span) == ("SG0304", place)
    assert only.summary == "a neuron isn't sound: 'decay' of 'lif' can't be learned for each step"
