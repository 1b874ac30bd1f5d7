"""The model: sequences and streams, states, shared weights, inputs that don't fit, precision, deployment."""

import copy

import pytest
import torch

from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.model import Model

IMAGE = """
network net {
  input x : real[3, 6, 6]
  time = 3
  a = x -> stem(3, out = 4)
  b = concat(a, conv(x, 1, out = 2))
  output y = b -> pool -> linear(5) -> mean(time)
}
"""


def neurons(model):
    return tuple(n.name for n in model.graph if n.op.name in ("lif", "potential"))


def warmed(model, inputs):
    """Updates running statistics with the inputs, so that neurons fire in evaluation."""
    with torch.no_grad():
        model.train()
        model.run(inputs)
        model.eval()
    return model


def test_a_stream_is_the_sequence(stereo, events):
    inputs = events(1)
    warmed(stereo, inputs)
    names = neurons(stereo)
    with torch.no_grad():
        whole, after = stereo.run(inputs, wanted=names)
        stream = stereo.stream(names)
        assert stream.state == {}
        for t in range(5):
            found = stream.step({k: v[t] for k, v in inputs.items()})
            for name in names:
                assert torch.equal(found[name], whole[name][t]), (name, t)
    assert stream.state.keys() == after.keys() == set(names)
    assert all(torch.equal(stream.state[n], after[n]) for n in names)
    assert 0.02 < torch.stack([whole[n].mean() for n in names if n != "similarity"]).mean() < 0.9


def test_a_sequence_in_pieces_is_the_sequence(stereo, events):
    inputs = warmed(stereo, events(1)) and events(1)
    with torch.no_grad():
        whole = stereo(*inputs.values())
        state, parts = None, []
        for part in (slice(0, 2), slice(2, 3), slice(3, 5)):
            values, state = stereo.run({k: v[part] for k, v in inputs.items()}, state)
            parts.append(values["similarity"])
    assert torch.equal(torch.cat(parts), whole)


def test_in_float32_a_stream_differs_by_rounding_alone(stereo, capsys, events):
    inputs = {k: v.float() for k, v in events(1, steps=8).items()}
    model = warmed(stereo.to(torch.float32), inputs)
    names = tuple(n for n in neurons(model) if n != "similarity")
    with torch.no_grad():
        whole, _ = model.run(inputs, wanted=names)
        stream = model.stream(names)
        differ = total = 0
        for t in range(8):
            found = stream.step({k: v[t] for k, v in inputs.items()})
            differ += sum(int((found[n] != whole[n][t]).sum()) for n in names)
            total += sum(found[n].numel() for n in names)
    with capsys.disabled():
        print(f" [float32: {differ} of {total} spikes differ] ", end="")
    assert differ / total < 1e-3


def test_a_stream_goes_back_to_a_state(stereo, events):
    inputs = events(2)
    warmed(stereo, inputs)
    stream = stereo.stream()
    with torch.no_grad():
        stream.step({k: v[0] for k, v in inputs.items()})
        kept = stream.state
        first = stream.step({k: v[1] for k, v in inputs.items()})["similarity"]
        stream.state = kept
        again = stream.step({k: v[1] for k, v in inputs.items()})["similarity"]
    assert torch.equal(first, again)


def test_two_batches_never_touch(stereo, events):
    one, two = events(3), events(4)
    warmed(stereo, one)
    with torch.no_grad():
        first = stereo(*one.values())
        stereo(*two.values())
        assert torch.equal(stereo(*one.values()), first)
        alone = stereo(*(v[:, :1] for v in one.values()))
    assert torch.allclose(alone, first[:, :1], atol=1e-12)
    assert not [n for n, _ in stereo.named_buffers() if "running" not in n]


def test_both_views_have_states_of_their_own_and_weights_in_common(stereo, events):
    inputs = events(5)
    warmed(stereo, inputs)
    with torch.no_grad():
        values, state = stereo.run(inputs, wanted=("features@left.stem", "features@right.stem"))
    assert not torch.equal(values["features@left.stem"], values["features@right.stem"])
    assert set(state) == {"features@left.stem", "features@right.stem"}
    assert [k for k in stereo.state_dict() if k.startswith("features") and k.endswith("stem.conv.weight")] == [
        "features.stem.conv.weight"
    ]


def test_the_gradient_of_shared_weights_is_the_sum_over_their_uses(small):
    torch.manual_seed(1)
    made = small(
        "network net {\n  input a, b : real[3, 5, 5]\n  block f(x) { return x -> conv(3, out = 2) -> lif }\n"
        "  output y = f(a)\n  output z = f(b)\n}\n"
    )
    model = Model(made.build("search").plain).to(torch.float64)
    inputs = {k: torch.randn(3, 2, 3, 5, 5, dtype=torch.float64) for k in ("a", "b")}
    (weight, _) = model.weights()
    grads = []
    for wanted in (("f@a.lif",), ("f@b.lif",), ("f@a.lif", "f@b.lif")):
        values, _ = model.run(inputs, wanted=wanted)
        torch.stack([v.square().sum() for v in values.values()]).sum().backward()
        assert weight.grad is not None
        grads.append(weight.grad.clone())
        weight.grad = None
    assert grads[0].abs().max() > 0.1
    assert torch.allclose(grads[0] + grads[1], grads[2], atol=1e-12)


@pytest.mark.parametrize("mix", ["spike", "membrane"])
def test_the_folded_model_is_the_retrained_one(small, mix, events, stereo_spec):
    torch.manual_seed(2)
    made = small(stereo_spec, mix=mix)
    trained = Model(made.build("retrain").plain).to(torch.float64)
    inputs = events(6)
    for name, parameter in trained.named_parameters():
        if "norm" in name:
            torch.nn.init.uniform_(parameter, 0.3, 1.2)
    warmed(trained, inputs)
    folded = Model(made.build("deploy").plain).to(torch.float64).eval()
    load_folded(folded, trained.state_dict())
    names = neurons(trained)
    assert names == neurons(folded)
    assert not [k for k in folded.state_dict() if "norm" in k]
    with torch.no_grad():
        before, _ = trained.run(inputs, wanted=names)
        after, _ = folded.run(inputs, wanted=names)
    for name in names:
        if name != "similarity":
            assert torch.equal(before[name], after[name])
    assert torch.allclose(before["similarity"], after["similarity"], rtol=0, atol=1e-10)
    with pytest.raises(KeyError):
        load_folded(folded, {})


def test_bf16_keeps_membranes_and_spikes(stereo, capsys, events):
    inputs = {k: v.float() for k, v in events(7).items()}
    exact = warmed(stereo.to(torch.float32), inputs)
    low = Model(exact.graph, low=torch.bfloat16).eval()
    low.load_state_dict(exact.state_dict())
    names = neurons(low)
    with torch.no_grad():
        values, state = low.run(inputs, wanted=names)
        expected, _ = exact.run(inputs, wanted=names)
    spikes = [n for n in names if n != "similarity"]
    assert all(values[n].isfinite().all() for n in names)
    assert {values[n].dtype for n in spikes} == {torch.bfloat16}
    assert values["similarity"].dtype is torch.float32
    assert all(set(values[n].unique().tolist()) <= {0.0, 1.0} for n in spikes)
    assert {v.dtype for v in state.values()} == {torch.float32}
    differ = sum(int((values[n] != expected[n]).sum()) for n in spikes) / sum(values[n].numel() for n in spikes)
    with capsys.disabled():
        print(f" [bfloat16: {differ:.2%} of spikes differ] ", end="")
    assert differ < 0.05


def test_an_image_is_the_same_at_every_step(small):
    torch.manual_seed(3)
    model = Model(small(IMAGE).build("search").plain).to(torch.float64).eval()
    x = torch.randn(2, 3, 6, 6, dtype=torch.float64)
    with torch.no_grad():
        y = model(x)
        assert y.shape == (2, 5)
        spikes, _ = model.run({"x": x}, wanted=("a", "b.conv", "b", "y.pool"))
        assert [tuple(v.shape) for v in spikes.values()] == [(3, 2, 4, 6, 6), (2, 2, 6, 6), (3, 2, 6, 6, 6), (3, 2, 6)]
        stream, values = model.stream(("y", "a")), {}
        for t in range(3):
            values = stream.step({"x": x})
            assert torch.equal(values["a"], spikes["a"][t])
    # The mean over the steps so far; after the last step it is the mean over the sequence.
    assert torch.allclose(values["y"], y, atol=1e-12)


def test_several_outputs_come_by_name(small):
    model = Model(
        small("network net {\n  input x : real[3, 4, 4]\n  output a = x -> relu\n  output b = x -> pool\n}\n")
        .build("search")
        .graph
    )
    x = torch.randn(2, 1, 3, 4, 4)
    found = model(x)
    assert isinstance(found, dict)
    assert torch.equal(found["a"], x.relu())
    assert torch.allclose(found["b"], x.mean((-1, -2)))


def test_a_graph_that_cant_be_run(small, stereo_spec):
    made = small(stereo_spec)
    with pytest.raises(ValueError, match="a graph of stage space can't be run; lower it with a pipeline first"):
        Model(made.space)


def test_copies_are_their_own(stereo, events):
    twin = copy.deepcopy(stereo)
    inputs = events(1)
    with torch.no_grad():
        before = twin(*inputs.values())
        for p in stereo.parameters():
            p.zero_()
        assert torch.equal(twin(*inputs.values()), before)
    assert list(twin.state_dict()) == list(stereo.state_dict())


def test_the_type_of_the_weights(stereo, events):
    assert {t.dtype for t in stereo.state_dict().values()} == {torch.float64}
    assert stereo.to(torch.float32)(*(v.float() for v in events(1).values())).dtype is torch.float32
