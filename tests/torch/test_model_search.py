"""Architecture parameters: rows, sharing, and the networks that decided ones select."""

from pathlib import Path

import pytest
import torch

import spikegraph
from spikegraph.backends.torch.model import Model
from spikegraph.base.errors import NoArchitectureError

CHAIN = """
network net {
  input x : real[3, 8, 8]
  stem = x -> stem(3, out = 4)
  output y = stem -> chain([small, small], width = 2)
}
"""
TRELLIS = """
trellis walk { cell = small  layers = 2  levels = 3 }
network net {
  input x : real[3, 8, 8]
  stem  = x -> stem(3, out = 4)
  cells = stem -> walk
  output y = cells -> restore(stem)
}
"""
UNROLLED = "expand-trellis,expand-cells,expand-layers,insert-resize,prune"
"""The search's passes without `widen`."""


def sequence(seed, steps=3, samples=2):
    torch.manual_seed(seed)
    return torch.randn(steps, samples, 3, 8, 8, dtype=torch.float64)


def supernet(made, passes=UNROLLED):
    torch.manual_seed(4)
    return Model(made.build("search", passes).plain).to(torch.float64)


def test_rows_of_alpha_and_beta(small):
    model = supernet(small(TRELLIS))
    assert {k: tuple(v.shape) for k, v in model.architecture.items()} == {"small.alpha": (5, 3), "walk.beta": (2, 3, 3)}
    assert all(0 < p.std() < 0.01 for p in model.architecture.values())
    mine = {id(p) for p in model.architecture.values()}
    assert {id(p) for p in model.parameters()} == mine | {id(p) for p in model.weights()}
    assert not mine & {id(p) for p in model.weights()}


def test_widening_changes_no_parameter(small):
    narrow, wide = supernet(small(TRELLIS)), supernet(small(TRELLIS), f"{UNROLLED},widen")
    shapes = [{k: tuple(v.shape) for k, v in m.state_dict().items()} for m in (narrow, wide)]
    assert shapes[0] == shapes[1]
    wide.load_state_dict(narrow.state_dict())
    x = sequence(1)
    assert torch.allclose(narrow(x), wide(x), atol=1e-12)


def test_alpha_is_shared_by_the_cells_of_a_kind(small):
    """Its gradient is the sum over the cells, as if each had its own alpha."""
    one, x = supernet(small(CHAIN)), sequence(2)
    apart = supernet(small(CHAIN.replace("[small, small]", "[small, twin]") + "cell twin like small { keep = 2 }\n"))
    apart.load_state_dict({**one.state_dict(), "twin.alpha": one.architecture["small.alpha"].detach()})
    for model in (one, apart):
        model(x).square().mean().backward()
    shared, own = one.architecture["small.alpha"].grad, [p.grad for p in apart.architecture.values()]
    assert shared is not None
    assert all(g is not None and g.abs().max() > 1e-9 for g in own)
    assert torch.allclose(shared, sum(own), atol=1e-12)  # type: ignore[arg-type]


def test_moves_that_leave_the_trellis_get_no_gradient(small):
    model = supernet(small(TRELLIS))
    model(sequence(3)).square().mean().backward()
    grad = model.architecture["walk.beta"].grad
    assert grad is not None
    assert not grad[:, 0, 0].any()  # finer than the finest
    assert not grad[:, 2, 2].any()  # coarser than the coarsest
    assert not grad[0, 1:].any()  # levels from which the first layer has no input
    assert not grad[1, 2].any()
    assert grad[0, 0, 1:].abs().min() > 0
    assert grad[1, 1].abs().min() > 0
    # A softmax's gradient sums to 0 over the moves.
    assert torch.allclose(grad.sum(2), torch.zeros(2, 3, dtype=torch.float64), atol=1e-12)


def test_the_weight_of_a_path_is_its_softmax_over_the_moves_that_leave(small):
    model, x = supernet(small(TRELLIS)).eval(), sequence(4)
    with torch.no_grad():
        model.architecture["walk.beta"].copy_(torch.randn(2, 3, 3))
        at = ("cells[1,0]@0", "cells[1,0]@1", "cells[1,0]")
        values, _ = model.run({"x": x}, wanted=at)
        beta = model.architecture["walk.beta"][1]
        stay = beta[0, 1].exp() / beta[0, 1:].exp().sum()
        up = beta[1, 0].exp() / beta[1].exp().sum()
    assert torch.allclose(values["cells[1,0]"], stay * values["cells[1,0]@0"] + up * values["cells[1,0]@1"], atol=1e-12)


def decided(shape, chosen):
    """Parameters whose softmax is 1 at `chosen`, to the last bit."""
    values = torch.full(shape, -1e4, dtype=torch.float64)
    for at in chosen:
        values[at] = 1e4
    return values


GENOTYPE = "genotype small {\n  n0 = c3(prev2) + skip(prev)\n  n1 = skip(prev2) + c5(prev) + c3(n0)\n}\n"
ROWS = [(0, 0), (1, 2), (2, 2), (3, 1), (4, 0)]
"""The genotype's candidate on each edge, of c3, c5, skip."""


@pytest.mark.parametrize("mix", ["spike", "membrane"])
@pytest.mark.parametrize("widen", ["", ",widen"])
def test_a_chain_with_a_decided_alpha_is_the_derived_chain(small, mix, widen):
    # All edges are kept, so that only candidates are removed.
    made = small(CHAIN + GENOTYPE, keep=3, mix=mix)
    model, x = supernet(made, UNROLLED + widen).eval(), sequence(5)
    with torch.no_grad():
        model.architecture["small.alpha"].copy_(decided((5, 3), ROWS))
    derived = Model(made.build("retrain").plain).to(torch.float64).eval()
    found = model.state_dict()
    derived.load_state_dict({k: found[k] for k in derived.state_dict()})
    wanted = ("y[0]", "y[1]")
    with torch.no_grad():
        searched, _ = model.run({"x": x}, wanted=wanted)
        alone, _ = derived.run({"x": x}, wanted=wanted)
    for name in wanted:
        assert torch.equal(searched[name], alone[name])
        assert 0.02 < alone[name].mean() < 0.9


def test_a_trellis_with_a_decided_path_is_the_cells_on_it(small):
    made = small(TRELLIS + GENOTYPE + "path walk = [1, 0]\n", keep=3)
    model, x = supernet(made).eval(), sequence(6)
    with torch.no_grad():
        model.architecture["small.alpha"].copy_(decided((5, 3), ROWS))
        # Down from level 0, then up from level 1; all other paths that leave level 0 also go down.
        model.architecture["walk.beta"].copy_(decided((2, 3, 3), [(0, 0, 2), (1, 0, 2), (1, 1, 0), (1, 2, 1)]))
    derived = Model(made.build("retrain").plain).to(torch.float64).eval()
    found, weights = model.state_dict(), {}
    for name in derived.state_dict():
        layer, _, rest = name.removeprefix("cells[").partition("].")
        if name.startswith("cells["):
            position, source = (("0,1", 0), ("1,0", 1))[int(layer)]
            weights[name] = found[f"cells[{position}]." + rest.replace(".prev.", f".prev_{source}.")]
        else:
            weights[name] = found[name.replace("y.0.", "y[0].0.")]
    derived.load_state_dict(weights)
    with torch.no_grad():
        searched, _ = model.run({"x": x}, wanted=("cells[0,1]", "cells[1,0]", "y[0]"))
        alone, _ = derived.run({"x": x}, wanted=("cells[0]", "cells[1]", "y"))
    for position, cell in zip(searched.values(), alone.values(), strict=True):
        assert torch.equal(position, cell)
        assert 0.01 < cell.mean() < 0.9


def test_the_genotype_of_the_architecture_parameters(small):
    """It is a file that the spec can be compiled with, and follows the parameters."""
    made = small(TRELLIS)
    model = spikegraph.compile(made.path, phase="search")
    with torch.no_grad():
        model.architecture["small.alpha"].zero_()[:, 1] = 1.0
        model.architecture["walk.beta"].zero_()[:, :, 2] = 1.0
    assert model.genotype() == (
        "# What the architecture parameters of net say.\n"
        "sdhs 1\n\n"
        "genotype small {\n  n0 = c5(prev2) + c5(prev)\n  n1 = c5(prev2) + c5(prev)\n}\n\n"
        "path walk = [1, 2]\n"
    )
    with torch.no_grad():
        model.architecture["small.alpha"][:, 2] = 2.0
    text = model.genotype("Epoch 3.")
    assert text.startswith("# Epoch 3.\n# Warning: 4 of the 4 edges of cell `small` are skips")
    Path("found.sdhs").write_text(text)
    assert spikegraph.compile(made.path, genotype="found.sdhs").graph.name == "net"


def test_models_without_an_architecture_to_decode(small):
    made = small(CHAIN + "genotype small {\n  n0 = c3(prev2) + c3(prev)\n  n1 = c3(prev2) + c3(prev)\n}\n")
    help = 'make it with `spikegraph.compile(spec, phase="search")`, of a spec with choices'
    for model in (spikegraph.compile(made.path, phase="retrain"), Model(made.build("search").graph)):
        with pytest.raises(NoArchitectureError) as told:
            model.genotype()
        assert (told.value.summary, told.value.help) == ("the model of `net` has no architecture to decode", help)
