"""Products of spikes and attention, against loops and torch's attention by its definition."""

import pytest
import torch
from one_operation import inputs_of, model_of, streamed
from torch.utils.flop_counter import FlopCounterMode

TRUTH = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], dtype=torch.float64)


@pytest.mark.parametrize(("name", "expected"), [("mul", [0, 0, 0, 1]), ("iand", [0, 1, 0, 0])])
def test_truth_tables(name, expected):
    model = model_of(name, {}, (1,), (1,))
    x, y = (TRUTH[:, i].reshape(1, 4, 1) for i in range(2))
    assert model(x, y).flatten().tolist() == expected


def test_a_gate_without_axes():
    model = model_of("mul", {}, (3, 4, 2), (3,))
    x, gate = inputs_of(model)
    assert torch.equal(model(x, gate), x * gate[..., None, None])


def by_heads(q, k, v, heads, scale):
    """Spikformer's attention of tokens [N, C] as loops over heads and pairs of tokens."""
    result = torch.zeros(len(q), v.shape[1], dtype=torch.float64)
    of_q, of_v = q.shape[1] // heads, v.shape[1] // heads
    for h in range(heads):
        for i in range(len(q)):
            for j in range(len(k)):
                weight = sum(q[i, h * of_q + d] * k[j, h * of_q + d] for d in range(of_q))
                result[i, h * of_v : (h + 1) * of_v] += scale * weight * v[j, h * of_v : (h + 1) * of_v]
    return result


@pytest.mark.parametrize(
    ("of_q", "of_k", "of_v", "heads"),
    [
        ((4, 2, 3), (4, 2, 3), (4, 2, 3), 2),
        ((4, 3), (4, 5), (6, 5), 2),
        ((12, 2), (12, 3), (6, 3), 3),
        ((2, 9), (2, 9), (2, 9), 1),
    ],
)
def test_attention_by_its_definition(of_q, of_k, of_v, heads):
    """Both orders of the products occur: with more tokens than features and with fewer."""
    model = model_of("attend", {"heads": heads, "scale": 0.125}, of_q, of_k, of_v)
    q, k, v = inputs_of(model, steps=2)
    y = model(q, k, v)
    for t, n in ((0, 0), (1, 1)):
        tokens = [x[t, n].flatten(1).t() for x in (q, k, v)]
        torch.testing.assert_close(y[t, n].flatten(1).t(), by_heads(*tokens, heads, 0.125), rtol=0, atol=1e-12)
    torch.testing.assert_close(streamed(model, [q, k, v]), y, rtol=0, atol=1e-12)


def test_the_bound_of_attention_is_reached():
    model = model_of("attend", {"heads": 2, "scale": 1}, (6, 5), (6, 5), (6, 5))
    graph = model.graph
    ones = [torch.ones(1, 1, 6, 5, dtype=torch.float64)] * 3
    spikes = [graph.node(f"x{i}").value.with_(kind="spike") for i in range(3)]
    value = graph.node("y").op.infer(*spikes)
    assert str(value) == "count(15)[6, 5]"
    assert set(model(*ones).flatten().tolist()) == {15.0}


def test_the_operations_are_those_of_the_two_products():
    """More features than tokens, so that they are computed in the order of the definition."""
    model = model_of("attend", {"heads": 2}, (16, 3), (16, 3), (16, 3))
    with FlopCounterMode(display=False) as counter:
        model(*inputs_of(model, steps=1, samples=1))
    assert 2 * model.graph.node("y").additions == counter.get_total_flops() == 2 * (3 * 3 * 16 * 2)


def test_attention_is_spikingjellys():
    layers = pytest.importorskip("spikingjelly.activation_based.layer")
    model = model_of("attend", {"heads": 4, "scale": 0.125}, *[(16, 3, 2)] * 3)
    spikes = inputs_of(model, spikes=True)
    qkv = torch.stack([x.flatten(3).unflatten(2, (4, 4)) for x in spikes], 2)
    theirs = layers.SpikingSelfAttention._ssa_kernel_torch(qkv, 0.125)
    torch.testing.assert_close(model(*spikes).flatten(3).unflatten(2, (4, 4)), theirs, rtol=0, atol=1e-12)
