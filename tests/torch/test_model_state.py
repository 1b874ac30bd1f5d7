"""Names of weights in state dicts and files; every weight has a gradient."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[2] / "specs"


def network(*names):
    wires = "".join(f"  {name} = {'x' if i == 0 else names[i - 1]} -> stem(3, out = 2)\n" for i, name in enumerate(names))
    return f"network net {{\n  input x : real[3, 4, 4]\n{wires}  output y = {names[-1]} -> pool\n}}\n"


def test_names_are_the_graphs(small):
    made = small(
        "network net {\n  input a, b : real[3, 4, 4]\n"
        "  block features(view) { stem0 = view -> stem(3, out = 4)\n    return stem0 -> chain([small], width = 2) }\n"
        "  output y = add(features(a), features(b)) -> pool -> linear(2)\n}\n",
        candidates="c3",
        nodes=1,
    )
    model = Model(made.build("search", "expand-cells,expand-layers").plain)
    norm = ["weight", "bias", "running_mean", "running_var"]
    assert list(model.state_dict()) == [
        "features.stem0.conv.weight",
        "features.stem0.conv.bias",
        *(f"features.stem0.norm.{n}" for n in norm),
        *(
            f"features.chain[0].n0.{source}.c3.{part}"
            for source in ("prev2", "prev")
            for part in ("conv.weight", "conv.bias", *(f"norm.{n}" for n in norm))
        ),
        "y.weight",
        "y.bias",
        "small.alpha",
    ]


@pytest.mark.parametrize(
    "names",
    [
        ("train", "eval", "type"),
        ("weight", "bias", "running_mean"),
        ("forward", "training", "parameters"),
        ("tree", "conv", "alphas"),
        ("conv", "tree"),
        ("_modules", "children", "to"),
        ("graph", "architecture", "bf16"),
    ],
)
def test_statements_called_as_what_modules_have(small, names):
    torch.manual_seed(0)
    made = small(network(*names))
    model = Model(made.build("search").plain)
    state = model.state_dict()
    assert [k for k in state if k.endswith("conv.weight")] == [f"{n}.conv.weight" for n in names]
    other = Model(made.build("search").plain)
    x = torch.randn(2, 1, 3, 4, 4)
    other.load_state_dict(state)
    assert all(torch.equal(a, b) for a, b in zip(state.values(), other.state_dict().values(), strict=True))
    assert torch.equal(other.eval()(x), model.eval()(x))
    assert other.training is False


def test_wires_called_like_parts_of_other_names(small):
    torch.manual_seed(0)
    made = small(
        "network net {\n  input x : real[3, 4, 4]\n"
        "  tree = x -> stem(3, out = 2)\n  conv = tree -> conv(1, out = 2)\n  output y = conv -> pool\n}\n"
    )
    model, other = (Model(made.build("search").plain) for _ in range(2))
    state = model.state_dict()
    assert state["tree.conv.weight"].shape == (2, 3, 3, 3)
    assert state["conv.weight"].shape == (2, 2, 1, 1)
    other.load_state_dict(state)
    assert all(torch.equal(v, other.state_dict()[k]) for k, v in state.items())


def test_parameters_have_the_names_of_the_state(small):
    """Parameters, buffers and the state have the graph's names, and the state shares their memory."""
    model = Model(Program.read(SPECS / "stereo.sdhs", overrides=("stereo.planes=2",)).build("search").graph)
    state = model.state_dict(keep_vars=True)
    named = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    assert state.keys() == named.keys()
    assert all(value is named[name] for name, value in state.items())
    assert {"features.stem0.conv.weight", "feature.alpha", "feature_path.beta", "matching_path.beta"} <= state.keys()
    assert model.architecture["feature.alpha"] is named["feature.alpha"]
    assert {id(p) for p in model.weights()} == {id(p) for k, p in model.named_parameters() if k not in model.architecture}


def test_functional_calls(small):
    """The values given instead of parameters, architecture parameters and statistics are used, with their gradients."""
    torch.manual_seed(0)
    chain = "  output y = x -> stem(3, out = 4) -> chain([small], width = 4) -> pool\n}\n"
    made = small("network net {\n  input x : real[3, 4, 4]\n" + chain, candidates="c3 c5", nodes=1)
    model, other = (lower(made.build("search").graph).eval() for _ in range(2))
    x = torch.randn(3, 1, 3, 4, 4)
    given = {
        name: value.detach().clone().requires_grad_(value.is_floating_point()) for name, value in other.state_dict().items()
    }
    y = torch.func.functional_call(model, given, (x,))
    assert torch.equal(y, other(x)) and not torch.equal(y, model(x))
    (gradient,) = torch.autograd.grad(y.sum(), given["small.alpha"])
    other(x).sum().backward()
    assert torch.equal(gradient, other.architecture["small.alpha"].grad)
    assert all(p.grad is None for p in model.parameters())


def test_functional_calls_with_a_name_that_modules_have(small):
    """Such a weight can't be replaced; other weights can."""
    model = Model(small(network("a", "train")).build("search").graph)
    x, state = torch.randn(2, 1, 3, 4, 4), model.state_dict()
    torch.func.functional_call(model, {k: v for k, v in state.items() if k.startswith("a.")}, (x,))
    with pytest.raises(TypeError, match=r"(?s)`train`.*is not an instance of torch.nn.Module"):
        torch.func.functional_call(model, state, (x,))


def test_a_model_within_a_module(small):
    made = small(network("a", "tree"))
    holder = torch.nn.Sequential(torch.nn.Linear(1, 1), Model(made.build("search").plain))
    state = holder.state_dict()
    assert {"0.weight", "1.a.conv.weight", "1.tree.conv.weight"} <= set(state)
    with torch.no_grad():
        for p in holder.parameters():
            p.zero_()
    holder.load_state_dict({k: v + 1 for k, v in state.items()})
    assert torch.equal(holder.state_dict()["1.a.norm.weight"], torch.ones(2))


def test_files_without_pickle(small, tmp_path):
    torch.manual_seed(1)
    made = small(network("a", "b"))
    model, other = (Model(made.build("search").plain).to(torch.float64) for _ in range(2))
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, tmp_path / "model.safetensors")
    other.load_state_dict(load_file(tmp_path / "model.safetensors"))
    x = torch.randn(2, 1, 3, 4, 4, dtype=torch.float64)
    assert torch.equal(model(x), other(x))
    torch.save(model.state_dict(), tmp_path / "model.pt")
    assert torch.load(tmp_path / "model.pt", weights_only=True).keys() == model.state_dict().keys()


def test_a_state_of_another_network(small):
    model = Model(small(network("a", "b")).build("search").plain)
    state = model.state_dict()
    del state["a.conv.weight"]
    with pytest.raises(RuntimeError, match=r"Missing key.*a\.conv\.weight"):
        model.load_state_dict(state)


def test_the_supernet_the_retrained_and_the_folded_model_have_the_same_names():
    def weights(phase):
        genotype = SPECS / "genotypes" / "stereo.sdhs"
        graph = Program.read(SPECS / "stereo.sdhs", genotype=genotype, overrides=("stereo.planes=2",)).build(phase).plain
        return {name for n in graph for name in n.op.leaves(n.weights, *graph.values(n))}

    search, retrain, deploy = map(weights, ("search", "retrain", "deploy"))
    outside = {n for n in retrain if "stem" in n}
    assert len(outside) == 8
    assert outside <= search
    assert deploy == {n for n in retrain if not n.endswith(".norm")}


def test_gradients_reach_every_weight_of_the_stereo_network():
    torch.manual_seed(2)
    genotype, overrides = SPECS / "genotypes" / "stereo.sdhs", ("stereo.planes=4", "retrain.C=6")
    model = Model(Program.read(SPECS / "stereo.sdhs", genotype=genotype, overrides=overrides).build("retrain").plain)
    inputs = {v: torch.randint(-1, 2, (2, 1, 5, 24, 36)).float() for v in ("left", "right")}
    values, _ = model.run(inputs, wanted=("disparity.planes", "disparity"))
    assert values["disparity"].shape == (2, 1, 1, 24, 36)
    logits = values["disparity.planes"].log_softmax(2)
    (-logits[:, :, 1].mean()).backward()
    weights = dict(model.named_parameters())
    assert len(weights) > 60
    without = [n for n, p in weights.items() if p.grad is None or not p.grad.isfinite().all()]
    assert without == []
    # A norm removes its convolution's bias, so only that gradient is 0 up to rounding.
    assert [n for n, p in weights.items() if not n.endswith("conv.bias") and not p.grad.abs().max() > 1e-12] == []  # type: ignore[union-attr]


def test_fresh_weights_are_seeded_and_bounded(small):
    made = small(network("a", "b"))
    states = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        states.append(Model(made.build("search").plain).state_dict())
    assert all(torch.equal(v, states[1][k]) for k, v in states[0].items())
    weight = states[0]["a.conv.weight"]
    assert not torch.equal(weight, states[2]["a.conv.weight"])
    assert weight.abs().max() <= 1 / 27**0.5
    assert {k: float(v.unique()) for k, v in states[0].items() if k.startswith("a.norm")} == {
        "a.norm.weight": 1.0,
        "a.norm.bias": 0.0,
        "a.norm.running_mean": 0.0,
        "a.norm.running_var": 1.0,
    }
