"""Params that a search decides: widths, repetitions and time steps."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from spikegraph.genotype.searched_params import param_cells
from spikegraph.program.program import Program
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.cell_space import CellSpace

SPEC = """sdhs 1
neuron lif {{ }}
network net {{
  param W = 4
  param T = 2
  param D = 1
  param eps = 0.5
  input x : real[1, 8, 8]
  time = T
  block layer(y) {{
    weights = own
    return y -> conv(3, out = W) -> norm(eps = eps) -> lif
  }}
  s = x -> conv(3, out = W) -> norm -> lif -> repeat(layer, D)
  b = s -> choose(skip = identity, c3 = layer)
  output logits = b -> pool -> linear(10) -> mean(time)
}}
dataset d {{ source = anything }}
search net({bindings}) on d {{
  method = {method}  epochs = 1  batch = 2  weights = sgd(lr = 1)  loss = cross_entropy
}}
retrain net({retrain}) on d {{ epochs = 1  batch = 2  weights = sgd(lr = 1)  loss = cross_entropy }}
"""
ALL = "W = any(4, 6), T = any(1, 2, 3), D = any(1, 2), eps = any(0.25, 0.5)"

Write = Callable[..., Program]


@pytest.fixture
def spec(tmp_path: Path, anything: None) -> Write:
    def write(bindings: str = ALL, method: str = "evolution(4)", retrain: str = "", more: str = "") -> Program:
        text = SPEC.format(bindings=bindings, method=method, retrain=retrain).replace("net() on", "net on")
        (tmp_path / "net.sdhs").write_text(text + more)
        return Program.read(tmp_path / "net.sdhs")

    return write


def test_every_combination_is_a_network_with_these_values(spec: Write):
    program = spec().checked()
    space = CellSpace.of(program.space("search"), param_cells(program.spec))
    assert space.size == 2 * 3 * 2 * 2 * 2 == len(space.all())
    for architecture in space.all()[::7]:
        values = {e.node: e.operation for e in architecture.edges}
        bound = program.bind(architecture.text()).checked()
        assert Architecture.of(bound.spec.genotypes.values()) == architecture
        graph = bound.build("retrain").plain
        assert graph.time == int(values["T"])
        assert next(n for n in graph if n.name.endswith(".conv")).value.channels == int(values["W"])
        layers = int(values["D"]) + (values["b"] == "c3")
        found = [norm.eps for node in graph if (norm := node.op.normalisation()) is not None]
        assert found == [1e-5, *[float(values["eps"])] * layers]


def test_the_genotype_states_the_values(spec: Write):
    program = spec().checked()
    space = CellSpace.of(program.space("search"), param_cells(program.spec))
    text = space.all()[-1].text()
    assert text == ("sdhs 1\n\ngenotype net {\n  W   = 6\n  T   = 3\n  D   = 2\n  eps = 0.5\n  b   = c3\n}\n")
    random = np.random.default_rng(0)
    start = space.draw(random)
    assert len(set(start.decisions) ^ set(space.mutated(start, random).decisions)) == 2
    assert "net.W = 6" in space.all()[-1].decisions


def test_resolved_keeps_the_values(spec: Write):
    text = spec().text
    assert "search net(W = any(4, 6), T = any(1, 2, 3), D = any(1, 2), eps = any(0.25, 0.5)) on d {" in text
    assert "time   = T" in text or "time = T" in text


WRONG = [
    (
        {"method": "darts"},
        "SG0216",
        "`darts` trains one supernet, so it can't decide the param `W`",
        "use a method that trains candidates, such as `evolution(50)`, or `choose` among branches",
    ),
    ({"retrain": "W = 6"}, "SG0216", "`retrain` binds `W`, which the search decides", "leave it out of one of them"),
    (
        {"bindings": "W = any(4, 4)"},
        "SG0216",
        "`any(4, 4)` is not a choice among numbers",
        "write at least two different ones, such as `any(8, 16)`",
    ),
    ({"bindings": "V = any(4, 5)"}, "SG0226", "network `net` has no param `V`", "its params are `W`, `T`, `D` and `eps`"),
    ({"bindings": "W = any(4, 0)"}, "SG0304", "`out = W` of `conv` is 0, but must be at least 1", None),
    ({"bindings": "T = any(2, 5000)"}, "SG0208", "`time` is 5000, but must be at least 1 and at most 4096", None),
    (
        {"more": "genotype net { W = 5  T = 1  D = 1  eps = 0.5  b = skip }\n"},
        "SG0405",
        "`5` is not a branch of the choice `W`",
        "its branches are `4` and `6`",
    ),
    (
        {"more": "genotype net { W = 4  T = 1  D = 1  b = skip }\n"},
        "SG0402",
        "the genotype of `net` leaves out `eps`",
        "its choices are `W`, `T`, `D`, `eps` and `b`",
    ),
]


@pytest.mark.parametrize(("changed", "code", "summary", "help"), WRONG, ids=[w[2] for w in WRONG])
def test_wrong_specs(spec: Write, changed: dict[str, str], code: str, summary: str, help: str | None):
    found = list(spec(**changed).check())
    assert (found[0].code, found[0].summary, found[0].help) == (code, summary, help)
    assert len({(d.code, d.summary) for d in found}) == 1


def test_without_a_genotype_the_retraining_says_what_is_open(spec: Write):
    (found,) = spec("W = any(4, 6)").check("retrain")
    assert (found.code, found.summary) == ("SG0317", "the param `W` of network `net` is open")
