"""The registry of surrogates, and the surrogate in a neuron's record."""

import math

import pytest
from pydantic import ValidationError

from spikegraph.ir.surrogates import SURROGATES, Surrogate, SurrogateDef


def test_names_of_the_paper() -> None:
    assert list(SURROGATES)[:6] == ["dspike", "triangle", "superspike", "arctan", "rectangular", "exponential"]
    assert [SURROGATES[name].source for name in ("dspike", "triangle", "superspike", "arctan")] == [
        f"Eq. {number}" for number in (14, 15, 16, 17)
    ]


@pytest.mark.parametrize("definition", SURROGATES.values(), ids=lambda definition: definition.name)
def test_every_definition_is_documented(definition: SurrogateDef) -> None:
    assert SURROGATES[definition.name] is definition
    assert dict(definition.parameters) == {"b": 3.0}
    assert "\n" not in definition.doc
    assert len(definition.doc) > 20
    assert "b" in definition.formula
    assert "x" in definition.formula


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("dspike", [1.5 / math.tanh(1.5), 1.5 * (1 - math.tanh(1.2) ** 2) / math.tanh(1.5), 0.0]),
        ("triangle", [3.0, 1.8, 0.9]),
        ("superspike", [1.0, 1 / 2.2**2, 1 / 3.1**2]),
        ("arctan", [1.0, 1 / (1 + (0.4 * math.pi) ** 2), 1 / (1 + (0.7 * math.pi) ** 2)]),
        ("rectangular", [3.0, 0.0, 0.0]),
        ("open_rectangular", [3.0, 0.0, 0.0]),
        ("exponential", [1.5, 1.5 * math.exp(-1.2), 1.5 * math.exp(-2.1)]),
        ("sigmoid", [0.75, *(3 * math.exp(-z) / (1 + math.exp(-z)) ** 2 for z in (1.2, 2.1))]),
        ("cauchy", [1.5, 1.5 / (1 + (0.6 * math.pi) ** 2), 1.5 / (1 + (1.05 * math.pi) ** 2)]),
        ("softsign", [1.5, 1.5 / 2.2**2, 1.5 / 3.1**2]),
        ("gaussian", [3 / math.sqrt(math.pi) * math.exp(-(z**2)) for z in (0, 1.2, 2.1)]),
        ("hat", [3.0, 0.0, 0.0]),
    ],
)
def test_derivatives_on_both_sides_of_the_threshold(name: str, values: list[float]) -> None:
    derivative = SURROGATES[name].derivative
    for x, value in zip((0.0, 0.4, 0.7), values, strict=True):
        assert derivative(x, 3.0) == pytest.approx(value, abs=1e-12)
        assert derivative(-x, 3.0) == pytest.approx(value, abs=1e-12)


def test_the_value_is_frozen_and_prints_as_a_spec_does() -> None:
    surrogate = Surrogate(name="dspike")
    assert (surrogate.b, str(surrogate)) == (3.0, "dspike(b = 3)")
    assert str(Surrogate(name="arctan", b=2.6)) == "arctan(b = 2.6)"
    assert hash(surrogate) == hash(Surrogate(name="dspike", b=3))
    with pytest.raises(ValidationError, match="frozen"):
        surrogate.b = 5.0


@pytest.mark.parametrize("b", [0.0, -1.0, float("nan"), float("inf")])
def test_b_is_positive_and_finite(b: float) -> None:
    with pytest.raises(ValidationError, match="b"):
        Surrogate(name="dspike", b=b)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValidationError, match="no surrogate is called 'dspiked'; there are arctan, cauchy, dspike"):
        Surrogate(name="dspiked")


def test_definitions_that_no_spec_could_name_are_refused() -> None:
    with pytest.raises(ValueError, match="not an identifier"):
        SurrogateDef("two words", "doc", "b", "none", lambda _, b: b)
    with pytest.raises(ValueError, match="one parameter `b`"):
        SurrogateDef("named", "doc", "b", "none", lambda _, b: b, {"width": 1.0})


def test_the_ends_of_rectangles() -> None:
    """At b = 2 they lie at 1/4."""
    assert [SURROGATES["rectangular"].derivative(x, 2.0) for x in (-0.25, 0.25)] == [2.0, 2.0]
    assert [SURROGATES["open_rectangular"].derivative(x, 2.0) for x in (-0.25, 0.25)] == [0.0, 0.0]
