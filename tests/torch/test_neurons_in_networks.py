"""Neurons of every model where a spec can use them: stems, candidates, nodes, restore, auxiliary; searched and deployed."""

import pytest
import torch
from neuron_equations import run as loop

from spikegraph.analysis.layers import layers
from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.rates import FiringRates
from spikegraph.ir.json import from_json, to_json
from spikegraph.ir.text import print_graph
from spikegraph.ir.text_parser import parse_graph
from spikegraph.passes.pipeline import parse, run
from spikegraph.program.program import Program

MODELS = {
    "lif": "decay = 0.5  reset = soft",
    "if": "model = if  threshold = 1",
    "plif": "decay = learn(0.6, per = channel)  threshold = learn(0.4)",
    "tempered": "surrogate = superspike(b = learn(3, per = channel))",
    "alif": "model = alif(adaptation = learn(0.3), adaptation_decay = 0.8)",
    "cuba": "model = cuba(current_decay = learn(0.3, per = channel))  decay_input = true",
    "integer": "levels = 3  reset = soft  threshold = 0.3",
    "quiet": "decay = learn(0.6)  fires = false",
    "relu": "model = relu",
}
KINDS = {"integer": "count(3)", "quiet": "real", "relu": "real"}

SPEC = """sdhs 1
neuron one { MODEL }
candidates ops { c3 = conv(3) -> norm -> one  skip = identity }
cell small { nodes = 2  candidates = ops  neuron = one  mix = MIX }
cell coarse like small { stride = 2 }
network net {
  input view : real[2, 8, 12]
  stem = view -> stem(3, out = 4, stride = 2)
  cells = stem -> chain([small, coarse], width = 2)
  up = cells -> restore(stem)
  side = cells -> auxiliary(3, channels = 4, features = 4)
  head = up -> conv(1, out = 3) -> one
  output logits = head -> pool -> linear(3) -> mean(time)
}
dataset anything { }
search net on anything {
  epochs = 2  batch = 8  weights = sgd(lr = 0.1)  architecture = sgd(lr = 0.1)  loss = cross_entropy(logits)  stems = one
}
retrain net on anything {
  epochs = 1  batch = 8  weights = sgd(lr = 0.1)  loss = cross_entropy(logits) + 0.4 * cross_entropy(side)
}
genotype small {
  n0 = c3(prev2) + skip(prev)
  n1 = c3(n0) + c3(prev)
}
genotype coarse {
  n0 = c3(prev2) + skip(prev)
  n1 = c3(n0) + skip(prev)
}
"""


@pytest.fixture
def built(tmp_path, anything):
    """Builds a phase of the network with a model."""

    def make(model, phase="retrain", mix="spike", head="", **options):
        text = head + SPEC.replace("MODEL", MODELS[model]).replace("MIX", mix)
        if phase == "search":
            text = text[: text.index("genotype")]
        path = tmp_path / "net.sdhs"
        path.write_text(text)
        return Program.read(path).checked().build(phase, **options)

    return make


def view(steps=5):
    return {"view": torch.randn(steps, 2, 2, 8, 12, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 2}


def random_model(graph, **options):
    """A model whose norms and learned numbers are not at their initial values."""
    torch.manual_seed(3)
    model = Model(graph, **options).double()
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if "running_mean" in name:
                tensor.normal_(std=0.2)
            elif "running_var" in name:
                tensor.uniform_(0.2, 0.6)
            elif tensor.dim() == 1:
                tensor.add_(torch.randn_like(tensor) * 0.3)
    return model.eval()


def numbers(node, model):
    """The numbers of a neuron by its weights: shares are sigmoids, others exponentials."""
    neuron = node.op.neuron
    found = {"decay": neuron.decay, "threshold": neuron.threshold, **{c.name: c.value for c in neuron.constants}}
    for learned in neuron.learned:
        raw = model.state_dict().get(f"{node.weights}.{learned.name}")
        if raw is not None:
            found[learned.name] = (torch.sigmoid(raw) if learned.name.endswith("decay") else torch.exp(raw)).reshape(-1, 1, 1)
    return found


@pytest.mark.parametrize("mix", ["spike", "membrane"])
@pytest.mark.parametrize("model", MODELS)
def test_every_neuron_is_that_of_the_loop(built, model, mix):
    graph = built(model, mix=mix).plain
    network = random_model(graph)
    seen = {}
    network.run(view(), watch=seen.__setitem__, wanted=(*graph.outputs.values(), *graph.taps.values()))
    seen |= view()
    places = [n for n in graph if n.op.name in ("lif", "neuron", "graded", "relu")]
    assert len(places) == {"spike": 17, "membrane": 9}[mix]
    assert not any(n.op.name == "lif" for n in places) or model in ("lif", "if")
    for node in places:
        current = seen[node.operands[0]]
        assert str(node.value).split("[")[0] == KINDS.get(model, "spike")
        if model == "relu":
            assert torch.equal(seen[node.name], current.clamp(min=0))
            continue
        n, zero = node.op.neuron, torch.zeros_like(current[0])
        results, *_ = loop(
            n.model, current, zero, zero, **numbers(node, network), reset=n.reset, levels=n.levels, fires=n.fires,
            scaled=n.decay_input,
        )  # fmt: skip
        torch.testing.assert_close(seen[node.name], results, rtol=0, atol=1e-12)
    if model not in KINDS:
        assert 0 < torch.cat([seen[n.name].flatten() for n in places]).mean() < 0.9


@pytest.mark.parametrize("model", MODELS)
def test_fast_folded_and_streamed_forms_are_the_plain_network(built, model):
    plain = random_model(built(model).plain)
    want, _ = plain.run(view())
    fast = built(model)
    quick = Model(fast.graph, plain=fast.plain).double().eval()
    quick.load_state_dict(plain.state_dict())
    torch.testing.assert_close(quick.run(view())[0], want, rtol=0, atol=1e-9)
    deployed = built(model, "deploy")
    folded = Model(deployed.graph, plain=deployed.plain).double().eval()
    load_folded(folded, plain.state_dict())
    torch.testing.assert_close(folded.run(view())[0], want, rtol=0, atol=1e-9)
    before = "up"  # the output is the mean over the steps
    whole = folded.run(view(), wanted=(before,))[0][before]
    stream = folded.stream((before,))
    assert torch.equal(torch.stack([stream.step({"view": x})[before] for x in view()["view"]]), whole)
    first, state = folded.run({"view": view()["view"][:2]}, wanted=(before,))
    rest, _ = folded.run({"view": view()["view"][2:]}, state, wanted=(before,))
    assert torch.equal(torch.cat([first[before], rest[before]]), whole)


@pytest.mark.parametrize("mix", ["spike", "membrane"])
@pytest.mark.parametrize("model", MODELS)
def test_the_supernet_is_the_plain_one_and_learns_everything(built, model, mix):
    """Passes join what they can and leave the rest; gradients reach every weight, learned numbers included."""
    search = built(model, "search", mix=mix)
    plain = random_model(search.plain).train()
    quick = Model(search.graph, plain=search.plain).double().train()
    quick.load_state_dict(plain.state_dict())
    found = []
    for network in (plain, quick):
        (logits,) = network.run(view())[0].values()
        logits.square().sum().backward()
        found.append((logits, {k: p.grad for k, p in network.named_parameters()}))
    torch.testing.assert_close(found[0][0], found[1][0], rtol=0, atol=1e-9)
    learned = [k for k in found[0][1] if k.rpartition(".")[2] not in ("weight", "bias", "alpha", "beta")]
    assert bool(learned) == ("learn" in MODELS[model])
    for name, grad in found[0][1].items():
        torch.testing.assert_close(found[1][1][name], grad, rtol=0, atol=1e-9)
    assert sum(found[0][1][name].abs().sum() > 0 for name in learned) >= 0.8 * len(learned)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("phase", ["search", "retrain", "deploy"])
def test_text_and_json_of_graphs(built, model, phase):
    made = built(model, phase)
    for graph in (made.space, made.plain, made.graph):
        assert print_graph(parse_graph(print_graph(graph))) == print_graph(graph)
        assert print_graph(from_json(to_json(graph))) == print_graph(graph)


@pytest.mark.parametrize("model", MODELS)
def test_a_resolved_spec_is_the_same_network(built, tmp_path, model):
    want = built(model)
    resolved = Program.read(tmp_path / "net.sdhs").text
    (tmp_path / "net.sdhs").write_text(resolved)
    again = Program.read(tmp_path / "net.sdhs").checked()
    strip = lambda graph: [line.partition(" @ ")[0] for line in print_graph(graph).splitlines()]  # noqa: E731
    assert strip(again.build("retrain").plain) == strip(want.plain)
    assert again.text == resolved


def of_edges(graph):
    """The neurons at the ends of edges."""
    return [n for n in graph if n.name.startswith("cells[") and n.name.endswith((".lif", ".neuron", ".graded"))]


def test_mixing_at_the_membrane_takes_off_neurons_of_all_models(built):
    for model in MODELS:
        graph = built(model, mix="membrane").plain
        assert not of_edges(graph)
        back = of_edges(run(parse("mix{at=spike}"), graph))
        assert len(back) == 8
        assert all(n.op == graph.node("cells[0].n0").op for n in back)


def test_learned_numbers_are_counted_as_weights_of_their_layer(built):
    made = built("plif")
    rows = {layer.name: layer for layer in layers(made.outline, made.plain)}
    assert rows["stem"].parameters == 4 * 2 * 9 + 4 + 2 * 4 + 4 + 1  # a decay for each of 4 channels, and a threshold
    assert rows["head"].parameters == 3 + 1


def test_rates_of_integer_spikes_are_their_mean_value_and_set_the_energy(built):
    graph = built("integer").plain
    rates, seen = FiringRates(graph), {}
    with torch.no_grad():
        watch = lambda name, value: (rates.add(name, value), seen.__setitem__(name, value))  # noqa: E731
        random_model(graph).run(view(), watch=watch, wanted=(*graph.outputs.values(), *graph.taps.values()))
    means = rates.means()
    assert max(v.max() for v in seen.values()) >= 3
    assert means["stem"] == pytest.approx(seen["stem"].mean().item(), rel=1e-12)
    rows = {layer.name: layer for layer in layers(built("integer").outline, graph, means)}
    conv = graph.node("head.conv")
    assert rows["head.conv"].additions == conv.additions * 3
    assert rows["head.conv"].fired == pytest.approx(conv.additions * seen["up"].mean().item(), rel=1e-12)


def test_weights_of_learned_numbers_are_saved_and_loaded(built, tmp_path):
    model = random_model(built("cuba").plain)
    names = [name for name in model.state_dict() if name.endswith("current_decay")]
    assert "stem.current_decay" in names
    assert len(names) == 17
    torch.save(model.state_dict(), tmp_path / "w.pt")
    other = Model(built("cuba").plain).double().eval()
    other.load_state_dict(torch.load(tmp_path / "w.pt"))
    torch.testing.assert_close(other.run(view())[0], model.run(view())[0], rtol=0, atol=0)


@pytest.mark.parametrize("phase", ["retrain", "deploy"])
def test_integer_spikes_unfold_in_joined_operations_too(built, phase):
    made = built("integer", phase)
    graph = run(parse("unfold"), made.graph)
    marked = {n.op.name for n in graph if "unfolded" in n.notes}
    assert marked == ({"conv", "wide_conv"} if phase == "retrain" else {"conv"})
    model = random_model(made.graph, plain=made.plain)
    unfolded = Model(graph).double().eval()
    unfolded.load_state_dict(model.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(unfolded.run(view())[0], model.run(view())[0], rtol=0, atol=1e-9)


@pytest.mark.parametrize(("shape", "network"), [((5,), "time = 1  a = image"), ((3, 5), "a = image -> mean(time)")])
def test_numbers_of_channels_belong_to_channels_where_values_have_no_time_steps(shape, network):
    slope = "model slope(I) { number a = 0.25 in (0, 1) learned per channel  u = where(I > 0, I, a * I)  emit u }"
    net = f"network net {{ input image : real[8, 8, 8]  {network}  output y = a -> bent }}"
    program = Program.of_text(f"sdhs 1\n{slope}\nneuron bent {{ model = slope }}\n{net}\n", "net.sdhs").checked()
    model = random_model(program.build("retrain").plain)
    image = torch.randn(*shape, 8, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with torch.no_grad():
        found = model.run({"image": image}, wanted=("y",))[0]["y"]
    (share,) = model.state_dict().values()
    current = image if len(shape) == 1 else image.mean(0)
    torch.testing.assert_close(found, torch.nn.functional.prelu(current, torch.sigmoid(share)))
