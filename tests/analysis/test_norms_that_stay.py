"""A norm that deployment doesn't fold costs a multiply-accumulate for each number and time step."""

import pytest

from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.analysis.quantised import quantised
from spikegraph.analysis.statistics import Statistics
from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron lif { decay = 0.5 }
network net {
  input x : spike[2, 8, 8]
  a = x -> conv(3, out = 5) -> NORM
  output logits = a -> conv(3, out = 4, stride = 2) -> lif
}
"""
NUMBERS = 5 * 8 * 8
MULTIPLY = {"cmos-45nm": 4.6, "simple": 4.6, "yan2026": 0.109}
"""Picojoules of a multiply-accumulate, of models that price one."""


def statistics(norm: str, phase: str = "retrain") -> Statistics:
    """Costs of a network with such operations behind its first convolution."""
    found = Program.of_text(SPEC.replace("NORM", norm), "n.sdhs").build("deploy" if phase == "deploy" else "retrain")
    return Statistics.of(found.outline, found.plain, time=3)


@pytest.mark.parametrize("phase", ["retrain", "deploy"])
@pytest.mark.parametrize(
    ("norm", "numbers"),
    [
        ("norm -> lif", 0),
        ("norm(kind = layer) -> lif", NUMBERS),
        ("norm(kind = instance, affine = false) -> lif", NUMBERS),
        ("norm(per = step, steps = 3) -> lif", NUMBERS),
        ("lif -> norm -> lif", NUMBERS),
        ("pool(avg) -> norm -> lif", NUMBERS // 4),
    ],
)
def test_by_hand(norm: str, numbers: int, phase: str) -> None:
    without = norm.replace(next(part for part in norm.split(" -> ") if "norm" in part) + " -> ", "")
    given, other = statistics(norm, phase), statistics(without, phase)
    assert sum(layer.multiplications for layer in given.layers) == numbers
    for name, model in ENERGY_MODELS.items():
        one, two = (of.priced(model) for of in (given, other))
        if one.refused is None and two.refused is None:
            spent = one.inference_millijoules - two.inference_millijoules
            folded = spent * 1e9 if numbers else 0.0
            assert folded == pytest.approx(3 * numbers * MULTIPLY.get(name, 0.0), abs=1e-6), name


def test_an_image_is_normed_once() -> None:
    text = SPEC.replace("spike[2, 8, 8]", "real[2, 8, 8]\n  time = 3").replace("NORM", "norm(kind = layer) -> lif")
    found = Program.of_text(text, "n.sdhs").build("retrain")
    given = Statistics.of(found.outline, found.plain)
    norm = next(layer for layer in given.layers if layer.op == "norm")
    assert norm.inference_millijoules(3) == pytest.approx(4.6e-9 * NUMBERS)


def test_the_quantised_ann_has_it_once() -> None:
    ann = quantised(statistics("norm(kind = layer) -> lif"))
    assert ann is not None
    assert next(layer for layer in ann.layers if layer.op == "norm").multiplications == NUMBERS


def test_what_no_model_prices_is_named() -> None:
    assert statistics("upsample(2, mode = bilinear) -> sigmoid -> lif").unpriced == ("a.upsample", "a.sigmoid")
    assert statistics("upsample(2, mode = nearest) -> norm -> lif").unpriced == ()
