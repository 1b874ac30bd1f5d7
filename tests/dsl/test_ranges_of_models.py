"""The ends of a function's range: what it reaches decides whether a model may divide by it."""

import pytest

from spikegraph.dsl.models.texts import model_of

TEXT = """model m(I) {{
  number p = 0.5 in [0, 1]
  number q = 0.5 in (0, 1)
  u = I / ({divisor}) + p * q
  emit u
}}
"""


@pytest.mark.parametrize("divisor", ["1 - max(p, q)", "1 - max(q, p)", "min(p, q)", "min(q, p)", "1 - p"])
def test_an_end_that_is_reached(divisor):
    """p = 1 is the larger, and p = 0 the smaller, whatever q is."""
    with pytest.raises(ValueError, match="a division by what may be 0"):
        model_of(TEXT.format(divisor=divisor))


@pytest.mark.parametrize("divisor", ["1 - min(p, q)", "1 - min(q, p)", "max(p, q)", "max(q, p)", "1 - q"])
def test_an_end_that_is_not_reached(divisor):
    """q is below 1 and above 0, so that the smaller is below 1 and the larger above 0."""
    assert model_of(TEXT.format(divisor=divisor)).name == "m"


@pytest.mark.parametrize(
    "divisor", ["floor(q)", "round(q)", "1 - round(q)", "round(p + 0.5)", "2 - round(p + 0.5)", "relu(q - 1)"]
)
def test_a_whole_number_that_is_reached(divisor):
    """floor(0.5) is 0, round(0.1) is 0 and round(0.9) is 1; of two that are as near, 0.5 has the even one 0, and 1.5 has 2."""
    with pytest.raises(ValueError, match="a division by what may be 0"):
        model_of(TEXT.format(divisor=divisor))


@pytest.mark.parametrize(
    "divisor", ["1 - floor(q)", "floor(-q)", "round(q + 0.5)", "2 - round(q + 0.5)", "relu(q)", "max(q, 0)"]
)
def test_a_whole_number_that_is_not_reached(divisor):
    """What lies between 0.5 and 1.5 rounds to 1."""
    assert model_of(TEXT.format(divisor=divisor)).name == "m"
